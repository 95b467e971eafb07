// Ruby's heap is pages of slots, one for each object. After the app was loaded nearly every page
// has a few free slots, and every worker would fill them with its own objects, each time in a page
// that it then has to itself.
#pragma once

namespace narwhal::ruby {

// Collects garbage, so that all that is left counts as old and no collection in a worker writes to
// it. Before, fills the free slots of all pages that are partly used, for the mold's life, and
// leaves whole pages free for what workers allocate: enough that their heaps need not grow. (From
// Ruby 3.2 on, where slots are of several sizes, nothing is filled.) Call in the mold, before the
// first fork.
void settle_heap_slots();

}  // namespace narwhal::ruby

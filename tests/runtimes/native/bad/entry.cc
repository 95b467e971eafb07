// A shared object that is no application.
extern "C" int narwhal_test_no_entry(void) { return 0; }

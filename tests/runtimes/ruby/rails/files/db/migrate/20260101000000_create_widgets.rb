class CreateWidgets < ActiveRecord::Migration[6.1]
  def change
    create_table(:widgets) { |table| table.string(:name) && table.timestamps }
  end
end

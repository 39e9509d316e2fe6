exports.up = (knex) =>
  knex.schema.createTable('users', (table) => {
    table.increments()
    table.string('name').notNullable().unique()
  })
exports.down = (knex) => knex.schema.dropTable('users')

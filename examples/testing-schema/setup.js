/** What the examples' tests begin with. A project of yours would run its migrations here: see testing-migrations. */
export const template = {
  key: 'users 1',
  async setup({ client }) {
    await client.query('create table users (id serial primary key, name text not null unique)')
    await client.query("insert into users (name) values ('Ada'), ('Grace')")
  },
}

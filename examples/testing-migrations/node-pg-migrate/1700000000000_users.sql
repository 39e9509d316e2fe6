-- Up Migration
create table users (id serial primary key, name text not null unique);
insert into users (name) values ('Ada'), ('Grace');

-- Down Migration
drop table users;

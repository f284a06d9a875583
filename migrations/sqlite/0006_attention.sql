-- What a member wants to be told of a room.
alter table memberships add column notify text not null default 'mentions'
  check (notify in ('all', 'mentions', 'none'));

-- Whom a message names, of those who were members when it was posted; its author is not named by it.
create table mentions (
  user_id integer not null references users on delete cascade,
  message_id integer not null references messages on delete cascade,
  primary key (user_id, message_id)
) strict, without rowid;
create index mentions_by_message on mentions (message_id);

-- The file as an API: plain names and ISO 8601 times (UTC), for sqlite3, Datasette, pandas. See docs/data.md.
create view v_messages as
select
  rooms.name as room,
  messages.seq as seq,
  messages.changed_seq as changed_seq,
  strftime('%Y-%m-%dT%H:%M:%fZ', messages.sent_at / 1000.0, 'unixepoch') as sent_at,
  users.name as user,
  users.kind as user_kind,
  messages.kind as kind,
  messages.text as text,
  messages.reply_to as reply_to,
  strftime('%Y-%m-%dT%H:%M:%fZ', messages.edited_at / 1000.0, 'unixepoch') as edited_at,
  strftime('%Y-%m-%dT%H:%M:%fZ', messages.deleted_at / 1000.0, 'unixepoch') as deleted_at,
  (select count(*) from reactions where reactions.message_id = messages.id) as reactions,
  messages.room_id as room_id,
  messages.author_id as user_id
from messages
join rooms on rooms.id = messages.room_id
join users on users.id = messages.author_id;

create view v_rooms as
select
  rooms.name as room,
  rooms.title as title,
  rooms.topic as topic,
  rooms.kind as kind,
  rooms.posting as posting,
  rooms.history as history,
  rooms.slow_mode_s as slow_mode_s,
  (select count(*) from messages where messages.id between (rooms.id << 40) + 1
    and ((rooms.id + 1) << 40) - 1) as messages,
  (select count(*) from memberships where memberships.room_id = rooms.id) as members,
  rooms.last_seq as last_seq,
  strftime('%Y-%m-%dT%H:%M:%fZ', rooms.created_at / 1000.0, 'unixepoch') as created_at,
  strftime('%Y-%m-%dT%H:%M:%fZ', rooms.archived_at / 1000.0, 'unixepoch') as archived_at,
  rooms.id as room_id
from rooms;

create view v_members as
select
  rooms.name as room,
  users.name as user,
  users.kind as user_kind,
  memberships.role as role,
  memberships.read_seq as read_seq,
  strftime('%Y-%m-%dT%H:%M:%fZ', memberships.joined_at / 1000.0, 'unixepoch') as joined_at,
  rooms.id as room_id,
  users.id as user_id
from memberships
join rooms on rooms.id = memberships.room_id
join users on users.id = memberships.user_id;

create view v_audit as
select
  acts.id as act,
  strftime('%Y-%m-%dT%H:%M:%fZ', acts.acted_at / 1000.0, 'unixepoch') as acted_at,
  acts.actor as actor,
  acts.kind as kind,
  acts.user as user,
  acts.room as room,
  coalesce(json_extract(acts.data, '$.reason'), '') as reason,
  strftime('%Y-%m-%dT%H:%M:%fZ', json_extract(acts.data, '$.until') / 1000.0, 'unixepoch') as until,
  acts.data as data,
  (select sum(connections) from act_results where act_results.act_id = acts.id) as connections,
  acts.user_id as user_id,
  acts.room_id as room_id
from acts;

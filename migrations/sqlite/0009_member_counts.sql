-- How many members a room has. Counting them takes the longer the more there are, and whoever comes
-- in is told: so the number is kept with the room, by the database itself, whoever writes.
alter table rooms add column member_count integer not null default 0;
update rooms set member_count = (
  select count(*) from memberships where memberships.room_id = rooms.id
);
create trigger memberships_begun after insert on memberships begin
  update rooms set member_count = member_count + 1 where id = new.room_id;
end;
create trigger memberships_ended after delete on memberships begin
  update rooms set member_count = member_count - 1 where id = old.room_id;
end;

-- Those in charge of a room come first in its list, and are few.
create index memberships_in_charge on memberships (room_id, role) where role <> 'member';

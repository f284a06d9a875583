-- The ids of a direct room's people in order, with commas between: one such room for the same people.
alter table rooms add column people text;
create unique index rooms_of_people on rooms (people) where people is not null;

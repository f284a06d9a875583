-- How many seconds a room keeps what is said; 0 for ever.
alter table rooms add column retain_s integer not null default 0 check (retain_s >= 0);

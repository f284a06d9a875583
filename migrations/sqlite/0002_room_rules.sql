-- Who may post in a room, and what those who join later can read.
alter table rooms add column posting text not null default 'all'
  check (posting in ('all', 'members', 'moderators'));
alter table rooms add column history text not null default 'all'
  check (history in ('all', 'since-join'));

-- The room's latest number when its member joined. Whoever was there before this was noted has seen everything.
alter table memberships add column joined_seq integer not null default 0;

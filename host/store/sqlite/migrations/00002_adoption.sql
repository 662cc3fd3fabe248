-- Values that the draft of a plan found in the CRM already: they become last written ones when it is committed.
-- The same table as in postgres/migrations/00002_adoption.sql.

-- +goose Up
create table adoption (
	space   integer not null,
	id      text not null,
	written blob,
	primary key (space, id)
) strict, without rowid;

-- +goose Down
drop table adoption;

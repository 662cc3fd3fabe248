-- Values that the draft of a plan found in the CRM already: they become last written ones when it is committed.
-- The same table as in sqlite/migrations/00002_adoption.sql.

-- +goose Up
create table adoption (
	space   bigint not null,
	id      text collate "C" not null,
	written bytea,
	primary key (space, id)
);

-- +goose Down
drop table adoption;

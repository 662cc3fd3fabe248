-- +goose Up
-- The same tables as postgres/migrations/00001_store.sql; a test compares them.
-- The large tables have no foreign keys: they would cost a look-up for each record, and only Forget removes
-- a connection. Kinds are 1 company, 2 contact, 3 deal, 4 activity; times are microseconds since 1970 UTC.
-- space is the connection's id times 8 plus the kind: with one column before the id, and not two, PostgreSQL
-- goes by the id even before it has gathered statistics.

create table setting (
	name  text primary key,
	value blob not null
) strict, without rowid;

create table configured (
	key      text primary key,
	data     blob not null,
	saved_at integer not null
) strict, without rowid;

create table lease (
	account    text primary key,
	owner      text not null,
	token      integer not null,
	expires_at integer not null
) strict, without rowid;

create table connection (
	id         integer primary key,
	name       text not null unique,
	subject    integer not null,
	sequence   integer not null,
	created_at integer not null
) strict;

-- What a connection must not forget and nothing else keeps.
create table fact (
	connection integer not null references connection (id),
	name       text not null,
	value      blob not null,
	primary key (connection, name)
) strict, without rowid;

-- One row per customer. record is null for one that others refer to and that has not arrived, or has gone.
create table customer (
	connection integer not null,
	id         text not null,
	sequence   integer not null,
	record     blob,
	people     blob,
	deals      blob,
	activities blob,
	primary key (connection, id)
) strict, without rowid;
create index customer_sequence on customer (connection, sequence);
create index customer_waiting on customer (id) where record is null;

-- Where each record of the mirror is: in a customer's row, or in loose when customer is ''.
-- contact and deal are set where a record has no link to a customer but may reach one through these.
create table place (
	space      integer not null,
	id         text not null,
	customer   text not null,
	contact    text not null,
	deal       text not null,
	generation integer not null,
	hash       integer not null,
	primary key (space, id)
) strict, without rowid;
create index place_contact on place (contact) where contact <> '';
create index place_deal on place (deal) where deal <> '';

create table loose (
	space integer not null,
	id    text not null,
	body  blob not null,
	primary key (space, id)
) strict, without rowid;

-- Ids that mean another record since a merge.
create table alias (
	space  integer not null,
	id     text not null,
	target text not null,
	primary key (space, id)
) strict, without rowid;
create index alias_target on alias (space, target);

create table tally (
	connection integer not null,
	kind       integer not null,
	live       integer not null,
	waiting    integer not null,
	primary key (connection, kind)
) strict, without rowid;

-- phase: 0 idle, 1 pulling, 2 the last page is in.
create table sync (
	connection integer not null,
	kind       integer not null,
	state      blob,
	generation integer not null,
	complete   integer not null,
	phase      integer not null,
	updated_at integer not null,
	primary key (connection, kind)
) strict, without rowid;

-- changed is the record's change time that the CRM answered to our last write, 0 when it did not say.
create table field_value (
	space   integer not null,
	id      text not null,
	written blob,
	current blob,
	changed integer not null default 0,
	primary key (space, id)
) strict, without rowid;
create index field_value_differing on field_value (space, id) where written is distinct from current;

create table tag (
	connection integer not null,
	classifier text not null,
	customer   text not null,
	data       blob not null,
	primary key (connection, classifier, customer)
) strict, without rowid;
create index tag_customer on tag (customer);

create table model (
	id            integer primary key autoincrement,
	connection    integer not null references connection (id),
	classifier    text not null,
	key           text not null,
	as_of         integer not null,
	plugin        text not null,
	config        text not null,
	state_version integer not null,
	bytes         blob,
	customers     integer not null,
	tags          blob,
	report        text,
	run           integer not null,
	created_at    integer not null
) strict;
create index model_classifier on model (connection, classifier, id);

create table work (
	connection integer not null references connection (id),
	classifier text not null,
	key        text not null,
	sequence   integer not null,
	as_of      integer not null,
	model      integer not null,
	run        integer not null,
	result     text,
	primary key (connection, classifier)
) strict, without rowid;

create table override (
	connection integer not null references connection (id),
	kind       integer not null,
	record     text not null,
	field      text not null,
	classifier text not null,
	value      text not null,
	replaced   text not null,
	kept       integer not null,
	run        integer not null,
	at         integer not null,
	primary key (connection, kind, record, field)
) strict, without rowid;

create table field (
	connection   integer not null references connection (id),
	kind         integer not null,
	key          text not null,
	name         text not null,
	classifier   text not null,
	part         text not null,
	label        text not null,
	type         integer not null,
	codec        text not null,
	spec         text not null,
	created      integer not null,
	missing      integer not null,
	instructions text not null,
	updated_at   integer not null,
	primary key (connection, kind, key)
) strict, without rowid;

create table plan (
	id         integer primary key autoincrement,
	connection integer not null references connection (id),
	run        integer not null,
	as_of      integer not null,
	hash       text not null,
	status     text not null,
	row_count  integer not null,
	summary    text,
	created_at integer not null,
	updated_at integer not null
) strict;
create index plan_connection on plan (connection, id);

-- state: 0 pending, 1 sent, 2 done, 3 failed, 4 skipped.
create table plan_row (
	plan     integer not null,
	seq      integer not null,
	kind     integer not null,
	record   text not null,
	customer text not null,
	changes  text not null,
	state    integer not null,
	attempts integer not null,
	error    text,
	at       integer not null,
	primary key (plan, seq)
) strict, without rowid;

create table run (
	id           integer primary key autoincrement,
	connection   integer not null references connection (id),
	command      text not null,
	owner        text not null,
	as_of        integer not null,
	settings     text,
	status       text not null,
	started_at   integer not null,
	heartbeat_at integer not null,
	finished_at  integer not null,
	report       text,
	error        text
) strict;
create index run_connection on run (connection, id);

create table request (
	run   integer not null references run (id),
	class text not null,
	count integer not null,
	primary key (run, class)
) strict, without rowid;

create table rejected (
	connection integer not null references connection (id),
	stage      text not null,
	kind       integer not null,
	record     text not null,
	code       text not null,
	message    text not null,
	pointer    text not null,
	suggestion text not null,
	run        integer not null,
	times      integer not null,
	first_at   integer not null,
	last_at    integer not null,
	primary key (connection, stage, kind, record)
) strict, without rowid;

-- +goose Down
drop table rejected;
drop table request;
drop table run;
drop table plan_row;
drop table plan;
drop table field;
drop table override;
drop table work;
drop table model;
drop table tag;
drop table field_value;
drop table sync;
drop table tally;
drop table alias;
drop table loose;
drop table place;
drop table customer;
drop table fact;
drop table connection;
drop table lease;
drop table configured;
drop table setting;

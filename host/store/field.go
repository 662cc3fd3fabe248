package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"github.com/taxonhq/taxon/host/crm"
)

// Override is a human's value that wins over the classifier's.
type Override struct {
	Kind       crm.Kind
	Record     string
	Field      string // field key
	Classifier string
	Value      string // the human's; "" a cleared field
	Replaced   string // last written by us
	Kept       bool   // confirmed by the administrator; otherwise a candidate found by a plan
	Run        int64
	At         time.Time // given by the store
}

// SaveOverrides writes overrides, one for each record and field.
func (c *Conn) SaveOverrides(ctx context.Context, overrides []Override) error {
	return c.write(ctx, "save overrides", func(tx Querier) error {
		var values []any
		for _, o := range overrides {
			values = append(values, c.id, number(o.Kind), o.Record, o.Field, o.Classifier, o.Value, o.Replaced, flag(o.Kept), o.Run, c.store.micros())
		}
		return upsert(ctx, tx, `insert into override (connection, kind, record, field, classifier, value, replaced, kept, run, at) values $rows
			on conflict (connection, kind, record, field) do update set classifier = excluded.classifier, value = excluded.value,
			replaced = excluded.replaced, kept = excluded.kept, run = excluded.run, at = excluded.at`, 10, values)
	})
}

// DeleteOverrides removes those of the same records and fields.
func (c *Conn) DeleteOverrides(ctx context.Context, overrides []Override) error {
	return c.write(ctx, "remove overrides", func(tx Querier) error {
		for _, o := range overrides {
			_, err := tx.ExecContext(ctx, `delete from override where connection = $1 and kind = $2 and record = $3 and field = $4`,
				c.id, number(o.Kind), o.Record, o.Field)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// Overrides calls fn for each override, by kind, record and field. fn must not write overrides.
func (c *Conn) Overrides(ctx context.Context, fn func(Override) error) error {
	err := each(ctx, c.reader(), `select kind, record, field, classifier, value, replaced, kept, run, at from override
		where connection = $1 order by kind, record, field`, []any{c.id}, func(rows *sql.Rows) error {
		var o Override
		var kind, kept int
		var at int64
		if err := rows.Scan(&kind, &o.Record, &o.Field, &o.Classifier, &o.Value, &o.Replaced, &kept, &o.Run, &at); err != nil {
			return err
		}
		o.Kind, o.Kept, o.At = kindOf(kind), kept == 1, instant(at)
		return pass(fn(o))
	})
	return unpass("read the overrides", err)
}

// Field is a CRM field that Taxon provisioned or found.
type Field struct {
	Kind         crm.Kind
	Key          string // taxon_<classifier>[_<part>]
	Name         string // real key in the CRM
	Classifier   string
	Part         string
	Label        string
	Type         crm.Type
	Codec        map[string]string // code -> the CRM's option code, where they differ
	Spec         string            // hash of what was asked for: nothing is done while it is the same
	Created      bool              // by us
	Missing      bool              // the CRM does not have it
	Instructions string            // for a person, when missing
	UpdatedAt    time.Time         // given by the store
}

// SaveFields writes fields by kind and key.
func (c *Conn) SaveFields(ctx context.Context, fields []Field) error {
	return c.write(ctx, "save fields", func(tx Querier) error {
		var values []any
		for _, f := range fields {
			codec, err := json.Marshal(f.Codec)
			if err != nil {
				return err
			}
			values = append(values, c.id, number(f.Kind), f.Key, f.Name, f.Classifier, f.Part, f.Label, int64(f.Type), string(codec),
				f.Spec, flag(f.Created), flag(f.Missing), f.Instructions, c.store.micros())
		}
		return upsert(ctx, tx, `insert into field (connection, kind, key, name, classifier, part, label, type, codec, spec, created, missing, instructions, updated_at)
			values $rows on conflict (connection, kind, key) do update set name = excluded.name, classifier = excluded.classifier, part = excluded.part,
			label = excluded.label, type = excluded.type, codec = excluded.codec, spec = excluded.spec, created = excluded.created,
			missing = excluded.missing, instructions = excluded.instructions, updated_at = excluded.updated_at`, 14, values)
	})
}

// DeleteFields removes fields by kind and key.
func (c *Conn) DeleteFields(ctx context.Context, kind crm.Kind, keys []string) error {
	return c.write(ctx, "remove fields", func(tx Querier) error {
		return execIn(ctx, tx, `delete from field where connection = $1 and kind = $2 and key in $ids`, []any{c.id, number(kind)}, keys)
	})
}

// Fields lists all, by kind and key.
func (c *Conn) Fields(ctx context.Context) ([]Field, error) {
	var fields []Field
	err := each(ctx, c.reader(), `select kind, key, name, classifier, part, label, type, codec, spec, created, missing, instructions, updated_at
		from field where connection = $1 order by kind, key`, []any{c.id}, func(rows *sql.Rows) error {
		var f Field
		var codec string
		var kind, typ, created, missing int
		var updated int64
		err := rows.Scan(&kind, &f.Key, &f.Name, &f.Classifier, &f.Part, &f.Label, &typ, &codec, &f.Spec, &created, &missing, &f.Instructions, &updated)
		if err != nil {
			return err
		}
		f.Kind, f.Type, f.Created, f.Missing, f.UpdatedAt = kindOf(kind), crm.Type(typ), created == 1, missing == 1, instant(updated)
		fields = append(fields, f)
		return json.Unmarshal([]byte(codec), &fields[len(fields)-1].Codec)
	})
	return fields, failure("read the fields", err)
}

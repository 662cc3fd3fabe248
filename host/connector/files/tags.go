package files

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/taxonhq/taxon/host/connector"
	"github.com/taxonhq/taxon/host/connector/mapping"
	"github.com/taxonhq/taxon/host/crm"
)

// batch is how many records are written before the file is replaced: large, because it is replaced as a whole.
const batch = 20_000

// fieldsFile tells what the columns of the files of tags mean.
const fieldsFile = "fields.json"

// field is one of our fields as fieldsFile has it.
type field struct {
	Key         string   `json:"key"`
	Label       string   `json:"label"`
	Description string   `json:"description,omitempty"`
	Type        string   `json:"type"`
	Options     []option `json:"options,omitempty"`
}

type option struct {
	Code  string `json:"code"`
	Label string `json:"label"`
}

// tags are the tags of one kind, as their file holds them.
type tags struct {
	keys   []string                     // fields, in order
	ids    []string                     // records, in order
	values map[string]map[string]string // by id and key
	sum    string                       // of the file's contents; "" when there is none
}

// tagFile is the path of a kind's file of tags.
func (s *settings) tagFile(kind crm.Kind) string {
	if s.ndjson {
		return filepath.Join(s.tags, plural[kind]+".ndjson")
	}
	return filepath.Join(s.tags, plural[kind]+".csv")
}

// tagsOf reads a kind's tags; none when there is no file.
func (c *Connector) tagsOf(kind crm.Kind) (*tags, error) {
	t := &tags{values: map[string]map[string]string{}}
	path := c.settings.tagFile(kind)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return t, nil
	}
	reading := *c.settings
	reading.delimiter, reading.encoding = ',', nil
	r, err := reading.open(path)
	if err != nil {
		return nil, err
	}
	defer r.close()
	fields, err := c.fields()
	if err != nil {
		return nil, err
	}
	for _, f := range fields[kind] {
		t.keys = append(t.keys, f.Key)
	}
	for {
		row, err := r.next()
		if errors.Is(err, io.EOF) {
			t.sum, err = r.finish()
			return t, err
		}
		if err != nil {
			return nil, &crm.Error{Code: crm.CodeConfig, Pointer: r.place(), Message: "the file of tags cannot be read: " + err.Error(), Suggestion: "restore it, or remove it: then all tags are written anew"}
		}
		id := mapping.Text(row.Get("id"))
		if id == "" {
			continue
		}
		values := map[string]string{}
		for _, key := range t.keys {
			if text := mapping.Text(row.Get(key)); text != "" {
				values[key] = text
			}
		}
		if t.values[id] == nil {
			t.ids = append(t.ids, id)
		}
		t.values[id] = values
	}
}

// fields are our fields by kind.
func (c *Connector) fields() (map[crm.Kind][]field, error) {
	out := map[crm.Kind][]field{}
	data, err := os.ReadFile(filepath.Join(c.settings.tags, fieldsFile))
	if errors.Is(err, fs.ErrNotExist) {
		return out, nil
	}
	if err == nil {
		err = json.Unmarshal(data, &out)
	}
	if err != nil {
		return nil, &crm.Error{Code: crm.CodeConfig, Pointer: fieldsFile, Message: "the file in the directory of tags cannot be read", Suggestion: "restore it, or remove the directory: then all tags are written anew", Cause: err}
	}
	return out, nil
}

// known are the fields of a kind that exist: their file does, too.
func (c *Connector) known(kind crm.Kind) ([]field, error) {
	if _, err := os.Stat(c.settings.tagFile(kind)); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	all, err := c.fields()
	return all[kind], err
}

// ExistingFields are those of the keys that exist, sorted.
func (c *Connector) ExistingFields(_ context.Context, kind crm.Kind, keys []string) ([]string, error) {
	known, err := c.known(kind)
	var out []string
	for _, f := range known {
		if slices.Contains(keys, f.Key) {
			out = append(out, f.Key)
		}
	}
	slices.Sort(out)
	return out, err
}

// Examine tells which fields exist.
func (c *Connector) Examine(_ context.Context, kind crm.Kind, specs []connector.FieldSpec) ([]connector.FieldState, error) {
	if kind != crm.Company && kind != crm.Contact {
		return nil, unknownKind(kind)
	}
	known, err := c.known(kind)
	out := make([]connector.FieldState, len(specs))
	for i, spec := range specs {
		exists := slices.ContainsFunc(known, func(f field) bool { return f.Key == spec.Key })
		out[i] = connector.FieldState{Key: spec.Key, Name: spec.Key, Missing: !exists}
	}
	return out, err
}

// Provision makes columns for fields, and notes in fields.json what they mean.
func (c *Connector) Provision(ctx context.Context, kind crm.Kind, specs []connector.FieldSpec) ([]connector.FieldState, error) {
	states, err := c.Examine(ctx, kind, specs)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	all, err := c.fields()
	if err != nil {
		return nil, err
	}
	if known, err := c.known(kind); err != nil || known == nil { // a file that is gone takes its fields with it
		all[kind] = nil
	}
	for i, spec := range specs {
		states[i].Created, states[i].Missing = states[i].Missing, false
		all[kind] = noted(all[kind], spec)
	}
	data, err := json.MarshalIndent(all, "", "  ")
	if err == nil {
		err = replace(c.settings.tags, fieldsFile, append(data, '\n'))
	}
	if err != nil {
		return nil, err
	}
	t, err := c.tagsOf(kind)
	if err == nil {
		t.keys = keysOf(all[kind])
		err = c.save(kind, t)
	}
	return states, err
}

// noted adds a field, or the options that it does not have yet.
func noted(fields []field, spec connector.FieldSpec) []field {
	i := slices.IndexFunc(fields, func(f field) bool { return f.Key == spec.Key })
	if i < 0 {
		i, fields = len(fields), append(fields, field{Key: spec.Key, Type: spec.Type.String()})
	}
	f := &fields[i]
	f.Label, f.Description = spec.Label, spec.Description
	for _, o := range spec.Options {
		if !slices.ContainsFunc(f.Options, func(known option) bool { return known.Code == o.Code }) {
			f.Options = append(f.Options, option{o.Code, o.Label})
		}
	}
	return fields
}

func keysOf(fields []field) []string {
	var out []string
	for _, f := range fields {
		out = append(out, f.Key)
	}
	return out
}

// DeleteFields removes columns with their values.
func (c *Connector) DeleteFields(_ context.Context, kind crm.Kind, keys []string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	t, err := c.tagsOf(kind)
	if err != nil || t.sum == "" { // no file, no fields
		return err
	}
	all, err := c.fields()
	if err != nil {
		return err
	}
	all[kind] = slices.DeleteFunc(all[kind], func(f field) bool { return slices.Contains(keys, f.Key) })
	t.keys = keysOf(all[kind])
	if err := c.save(kind, t); err != nil {
		return err
	}
	data, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return err
	}
	return replace(c.settings.tags, fieldsFile, append(data, '\n'))
}

// Read answers the tags of records.
func (c *Connector) Read(_ context.Context, kind crm.Kind, ids, fields []string) (map[string]map[string]string, error) {
	t, err := c.tagsOf(kind)
	if err != nil {
		return nil, err
	}
	out := make(map[string]map[string]string, len(ids))
	for _, id := range ids {
		out[id] = map[string]string{}
		for _, key := range fields {
			if v := t.values[id][key]; v != "" {
				out[id][key] = v
			}
		}
	}
	return out, nil
}

// Batch is how many records are best written at a time.
func (c *Connector) Batch(kind crm.Kind) int {
	if kind != crm.Company && kind != crm.Contact {
		return 0
	}
	return batch
}

// Write changes tags and replaces their file, once for each batch.
func (c *Connector) Write(ctx context.Context, kind crm.Kind, writes []connector.Write, done func([]connector.Outcome) error) error {
	if kind != crm.Company && kind != crm.Contact {
		return unknownKind(kind)
	}
	for part := range slices.Chunk(writes, 5*batch) {
		if err := ctx.Err(); err != nil {
			return err
		}
		outcomes, err := c.write(kind, part)
		if err != nil {
			return err
		}
		if err := done(outcomes); err != nil {
			return err
		}
	}
	return nil
}

func (c *Connector) write(kind crm.Kind, writes []connector.Write) ([]connector.Outcome, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	t, err := c.tagsOf(kind)
	if err != nil {
		return nil, err
	}
	outcomes := make([]connector.Outcome, len(writes))
	for i, w := range writes {
		outcomes[i].ID = w.ID
		for _, key := range slices.Sorted(maps.Keys(w.Fields)) {
			if !slices.Contains(t.keys, key) {
				return nil, &crm.Error{Code: crm.CodeConfig, Pointer: key, Message: "the field does not exist in the files of tags", Suggestion: "provision the fields first"}
			}
			if t.values[w.ID] == nil {
				t.ids, t.values[w.ID] = append(t.ids, w.ID), map[string]string{}
			}
			if t.values[w.ID][key] = w.Fields[key]; w.Fields[key] == "" {
				delete(t.values[w.ID], key)
			}
		}
	}
	return outcomes, c.save(kind, t)
}

// save replaces a kind's file. A record without any tag has no row.
func (c *Connector) save(kind crm.Kind, t *tags) error {
	var b bytes.Buffer
	if c.settings.ndjson {
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		for _, id := range t.ids {
			row := map[string]string{"id": id}
			for _, key := range t.keys {
				if v := t.values[id][key]; v != "" {
					row[key] = v
				}
			}
			if len(row) > 1 {
				if err := e.Encode(row); err != nil {
					return err
				}
			}
		}
		return replace(c.settings.tags, filepath.Base(c.settings.tagFile(kind)), b.Bytes())
	}
	w := csv.NewWriter(&b)
	rows := [][]string{append([]string{"id"}, t.keys...)}
	for _, id := range t.ids {
		row, any := []string{id}, false
		for _, key := range t.keys {
			v := t.values[id][key]
			row, any = append(row, v), any || v != ""
		}
		if any {
			rows = append(rows, row)
		}
	}
	if err := w.WriteAll(rows); err != nil {
		return err
	}
	return replace(c.settings.tags, filepath.Base(c.settings.tagFile(kind)), b.Bytes())
}

// replace puts a file in the place of another, complete and on the disk (0600, in a directory of 0700), or leaves that as it is.
func replace(dir, name string, data []byte) error {
	failed := func(err error) error {
		return &crm.Error{Code: crm.CodeUnavailable, Pointer: name, Message: "the file cannot be written into the directory of tags; the one before stays", Suggestion: "look at the rights of the directory and at the space on the disk", Cause: err}
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return failed(err)
	}
	file, err := os.CreateTemp(dir, "."+name+".*") // 0600
	if err != nil {
		return failed(err)
	}
	_, err = file.Write(data)
	err = errors.Join(err, file.Sync(), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), filepath.Join(dir, name))
	}
	if err != nil {
		_ = os.Remove(file.Name()) // as good as never made
		return failed(err)
	}
	if d, err := os.Open(dir); err == nil {
		_ = d.Sync() // the file itself is on the disk
		_ = d.Close()
	}
	return nil
}

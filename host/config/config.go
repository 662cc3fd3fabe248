// Package config reads taxon.yaml: its form, its references to secrets, and where each value stands.
//
// It knows the file and the JSON Schema of it, not what a connector or a plugin accepts: that is checked
// where they are opened, and reported with the line that this package knows. Invariant: a Config holds
// references to secrets, never a secret.
package config

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/taxonhq/taxon/host/crm"
)

// Config is the whole file, with defaults filled in.
type Config struct {
	Version     int                    `json:"version"`
	Store       string                 `json:"store"`
	Plugins     string                 `json:"plugins"`
	Language    string                 `json:"language"`
	Log         Log                    `json:"log"`
	Connections map[string]*Connection `json:"connections"`

	path  string
	lines map[string]int // JSON pointer → line
}

// Log says how much is logged, and whether as JSON lines.
type Log struct {
	Level string `json:"level"`
	JSON  bool   `json:"json"`
}

// Connection is one CRM account and what is done with it.
type Connection struct {
	Name         string                             `json:"-"`
	CRM          string                             `json:"crm"`
	Subject      crm.Kind                           `json:"subject"`
	Settings     map[string]any                     `json:"settings"`
	Secrets      map[string]string                  `json:"secrets"`
	Fields       map[crm.Kind]map[string]FieldEntry `json:"fields"`
	Prefix       string                             `json:"prefix"`
	TimeZone     string                             `json:"time_zone"`
	Currency     string                             `json:"currency"`
	Rates        string                             `json:"rates"`
	AsOf         string                             `json:"as_of"`
	Schedule     string                             `json:"schedule"`
	ScheduleZone string                             `json:"schedule_zone"`
	Guard        *float64                           `json:"guard"`
	OnManualEdit string                             `json:"on_manual_edit"`
	WriteTo      []crm.Kind                         `json:"write_to"`
	QuotaShare   float64                            `json:"quota_share"`
	// ReconcileDays is how often all ids are compared; 0 is never.
	ReconcileDays *int                   `json:"reconcile_days"`
	Classifiers   map[string]*Classifier `json:"classifiers"`
}

// FieldEntry maps a CRM property, or an expression over one, to a field. In the file a plain text is the source.
type FieldEntry struct {
	Source    string `json:"source"`
	Expr      string `json:"expr"`
	Type      string `json:"type"`
	Sensitive bool   `json:"sensitive"`
}

// Classifier is one configured use of a plugin.
type Classifier struct {
	Name         string         `json:"-"`
	Plugin       string         `json:"plugin"`
	Enabled      *bool          `json:"enabled"`
	Config       map[string]any `json:"config"`
	Fields       []string       `json:"fields"`
	Mode         string         `json:"mode"`
	OnManualEdit string         `json:"on_manual_edit"`
	Guard        *float64       `json:"guard"`
	WriteTo      []crm.Kind     `json:"write_to"`
	Grants       []string       `json:"grants"`
	Refit        string         `json:"refit"`
	Label        string         `json:"label"`
	Stability    Stability      `json:"stability"`
	// Handling replaces the plugin's recommended handling, by code of the class.
	Handling map[string]Texts `json:"handling"`
}

// Stability says what keeps a customer's class from changing. Days are as-of days.
type Stability struct {
	Hysteresis struct {
		Dates  int     `json:"dates"`  // days on which another class must come out in a row
		Score  string  `json:"score"`  // tag that may speak instead
		Margin float64 `json:"margin"` // by how much it must have moved
	} `json:"hysteresis"`
	MinimumStay int      `json:"minimum_stay"` // days
	GracePeriod int      `json:"grace_period"` // days
	OneStep     bool     `json:"one_step"`
	Order       []string `json:"order"` // nil: the plugin's
}

// Texts is a text by language. In the file a plain text is that of all languages.
type Texts map[string]string

// Path is where the file lies.
func (c *Config) Path() string { return c.path }

// Dir is the directory of the file: relative paths in it start there.
func (c *Config) Dir() string { return filepath.Dir(c.path) }

// Resolve makes a path of the file absolute.
func (c *Config) Resolve(path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(c.Dir(), path)
}

// ConnectionNames lists the connections in order.
func (c *Config) ConnectionNames() []string {
	names := make([]string, 0, len(c.Connections))
	for name := range c.Connections {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// Enabled lists the enabled classifiers of a connection by name.
func (c *Connection) Enabled() []*Classifier {
	var out []*Classifier
	for _, k := range c.Classifiers {
		if k.Enabled == nil || *k.Enabled {
			out = append(out, k)
		}
	}
	slices.SortFunc(out, func(a, b *Classifier) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// Where is "file:line" of a JSON pointer, or of its nearest parent that stands in the file.
func (c *Config) Where(pointer string) string {
	for p := pointer; ; {
		if line, ok := c.lines[p]; ok {
			where := fmt.Sprintf("%s:%d", filepath.Base(c.path), line)
			if pointer != "" {
				where += " " + pointer
			}
			return where
		}
		i := strings.LastIndexByte(p, '/')
		if i < 0 {
			return filepath.Base(c.path) + " " + pointer
		}
		p = p[:i]
	}
}

// Problem is an error of the configuration at a pointer.
func (c *Config) Problem(pointer, message, suggestion string) crm.Problem {
	return crm.Problem{Error: crm.Error{Code: crm.CodeConfig, Message: message, Pointer: c.Where(pointer), Suggestion: suggestion}}
}

// fill sets the defaults that the documentation names.
func (c *Config) fill() {
	if c.Store == "" {
		c.Store = "sqlite:taxon.db"
	}
	if c.Plugins == "" {
		c.Plugins = "plugins"
	}
	if c.Language == "" {
		c.Language = "en"
	}
	if c.Log.Level == "" {
		c.Log.Level = "info"
	}
	for name, k := range c.Connections {
		k.Name = name
		if k.Subject == "" {
			k.Subject = crm.Company
		}
		if k.Prefix == "" {
			k.Prefix = "taxon_"
		}
		if k.Guard == nil {
			k.Guard = new(float64)
			*k.Guard = 20
		}
		if k.OnManualEdit == "" {
			k.OnManualEdit = "keep"
		}
		if k.ReconcileDays == nil {
			k.ReconcileDays = new(int)
			*k.ReconcileDays = 7
		}
		if k.QuotaShare == 0 {
			k.QuotaShare = 0.8
		}
		if len(k.WriteTo) == 0 {
			k.WriteTo = []crm.Kind{k.Subject}
		}
		for name, f := range k.Classifiers {
			f.Name = name
			if f.Mode == "" {
				f.Mode = "mirror"
			}
			if f.OnManualEdit == "" {
				f.OnManualEdit = k.OnManualEdit
			}
			if f.Guard == nil {
				f.Guard = k.Guard
			}
			if len(f.WriteTo) == 0 {
				f.WriteTo = k.WriteTo
			}
			if f.Refit == "" {
				f.Refit = "every_run"
			}
			if f.Config == nil {
				f.Config = map[string]any{}
			}
		}
	}
}

// cross finds what a schema cannot say.
func (c *Config) cross() []crm.Problem {
	var out []crm.Problem
	add := func(pointer, message, suggestion string) { out = append(out, c.Problem(pointer, message, suggestion)) }
	if address, err := url.Parse(c.Store); err == nil && strings.HasPrefix(address.Scheme, "postgres") {
		_, password := address.User.Password()
		for name := range address.Query() {
			password = password || strings.Contains(strings.ToLower(name), "password")
		}
		if password {
			add("/store", "a password must not stand in this file: it is shared, backed up and shown", "write store: env:TAXON_STORE and put the URL there")
		}
	} else if !strings.HasPrefix(c.Store, "sqlite:") && !isReference(c.Store) {
		add("/store", "the store is neither sqlite:PATH nor a postgres:// URL by reference", "write sqlite:taxon.db, or env:NAME with the URL in that variable")
	}
	for _, name := range c.ConnectionNames() {
		k, at := c.Connections[name], "/connections/"+name
		for _, secret := range sortedKeys(k.Secrets) {
			if !isReference(k.Secrets[secret]) {
				add(at+"/secrets/"+secret, "a secret must not stand in this file: it is shared, backed up and shown",
					"keep it in an environment variable or a file and write env:NAME or file:PATH here")
			}
		}
		for _, setting := range sortedKeys(k.Settings) {
			if s, ok := k.Settings[setting].(string); ok && looksSecret(setting, s) {
				add(at+"/settings/"+setting, "this looks like a secret, and settings are shown and logged",
					"put it under secrets as env:NAME or file:PATH")
			}
		}
		for field, zone := range map[string]string{"time_zone": k.TimeZone, "schedule_zone": k.ScheduleZone} {
			if _, err := time.LoadLocation(zone); err != nil || zone == "Local" {
				add(at+"/"+field, strconv.Quote(zone)+" is not a known time zone", "use an IANA name such as Europe/Berlin")
			}
		}
		if k.Subject == crm.Contact && slices.Contains(k.WriteTo, crm.Company) {
			add(at+"/write_to", "tags of a contact cannot be written to its company, which has many contacts", "write_to: [contact]")
		}
		for _, kind := range crm.Kinds {
			for _, field := range sortedKeys(k.Fields[kind]) {
				if strings.HasPrefix(k.Fields[kind][field].Source, k.Prefix) {
					add(at+"/fields/"+string(kind)+"/"+field, "a field that Taxon writes must not be read: tags would follow from themselves", "read another classifier's tag as tags.NAME")
				}
			}
		}
	}
	return append(out, c.fieldOwners()...)
}

// fieldOwners refuses two classifiers that would own one CRM field: of one connection, or of two connections
// with the same account as far as the file tells.
func (c *Config) fieldOwners() []crm.Problem {
	type owned struct {
		account string
		kind    crm.Kind
		key     string
	}
	var out []crm.Problem
	owner := map[owned]string{}
	for _, name := range c.ConnectionNames() {
		k := c.Connections[name]
		account := fmt.Sprint(k.CRM, k.Settings, k.Secrets) // fmt prints maps in order of their keys
		for _, f := range k.Enabled() {
			me := "classifier " + f.Name + " of " + name
			for _, kind := range f.WriteTo {
				for _, key := range f.FieldKeys(k.Prefix) {
					o := owned{account, kind, key}
					if other, taken := owner[o]; taken && other != me {
						out = append(out, c.Problem("/connections/"+name+"/classifiers/"+f.Name,
							fmt.Sprintf("the %s and the %s would both own the field %s of a %s", other, me, key, kind), "rename one of them, or give one connection another prefix"))
						continue
					}
					owner[o] = me
				}
			}
		}
	}
	return out
}

// FieldKeys lists the CRM fields that the classifier owns: its code and the parts chosen under fields.
func (f *Classifier) FieldKeys(prefix string) []string {
	keys := []string{prefix + f.Name}
	for _, part := range f.Fields {
		keys = append(keys, prefix+f.Name+"_"+part)
	}
	return keys
}

func isReference(s string) bool { return strings.HasPrefix(s, "env:") || strings.HasPrefix(s, "file:") }

// looksSecret recognises settings that hold a credential by their name, or by the form of common tokens.
func looksSecret(name, value string) bool {
	name = strings.ToLower(name)
	for _, word := range []string{"token", "secret", "password", "api_key", "apikey", "private_key"} {
		if strings.Contains(name, word) && !strings.HasSuffix(name, "_url") {
			return true
		}
	}
	return strings.HasPrefix(value, "pat-") || strings.HasPrefix(value, "-----BEGIN")
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

// Secret reads what a reference names. Files are taken without surrounding white space.
func (c *Config) Secret(reference string) (string, error) {
	if name, ok := strings.CutPrefix(reference, "env:"); ok {
		if v := os.Getenv(name); v != "" {
			return v, nil
		}
		return "", &crm.Error{Code: crm.CodeCredentials, Message: "the environment variable " + name + " is not set", Suggestion: "set it before starting Taxon"}
	}
	if path, ok := strings.CutPrefix(reference, "file:"); ok {
		path = c.Resolve(path)
		info, err := os.Stat(path)
		if err != nil {
			return "", &crm.Error{Code: crm.CodeCredentials, Message: "the secret's file " + filepath.Base(path) + " cannot be read", Suggestion: "create it with mode 0600", Cause: err}
		}
		if info.Mode().Perm()&0o077 != 0 {
			return "", &crm.Error{Code: crm.CodeCredentials, Message: "the secret's file " + filepath.Base(path) + " can be read by other users", Suggestion: "chmod 600 it"}
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return "", &crm.Error{Code: crm.CodeCredentials, Message: "the secret's file " + filepath.Base(path) + " cannot be read", Cause: err}
		}
		if v := strings.TrimSpace(string(data)); v != "" {
			return v, nil
		}
		return "", &crm.Error{Code: crm.CodeCredentials, Message: "the secret's file " + filepath.Base(path) + " is empty"}
	}
	return "", &crm.Error{Code: crm.CodeConfig, Message: "a secret must be given as env:NAME or file:PATH"}
}

// StoreURL is the store's address with references and relative paths resolved. It may hold a password.
func (c *Config) StoreURL() (string, error) {
	url := c.Store
	if isReference(url) {
		var err error
		if url, err = c.Secret(url); err != nil {
			return "", err
		}
	}
	if path, ok := strings.CutPrefix(url, "sqlite:"); ok {
		return "sqlite:" + c.Resolve(path), nil
	}
	return url, nil
}

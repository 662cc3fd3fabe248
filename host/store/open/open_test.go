package open_test

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/store"
	"github.com/taxonhq/taxon/host/store/open"
	"github.com/taxonhq/taxon/host/store/storetest/pgtest"
)

func TestMain(m *testing.M) {
	if os.Getenv("TAXON_TEST_CHILD") != "" {
		child(os.Getenv("TAXON_TEST_CHILD"), os.Getenv("TAXON_TEST_STORE"))
		return
	}
	os.Exit(pgtest.Run(m))
}

// engines runs a test on a fresh store of each engine; raw opens the database beside the store.
func engines(t *testing.T, test func(t *testing.T, url string, raw func() *sql.DB)) {
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			driver, url, source := "pgx", "", ""
			if engine == "sqlite" {
				driver, source = "sqlite", filepath.Join(t.TempDir(), "store.db")
				url = "sqlite:" + source
			} else {
				url = pgtest.URL(t)
				source = url
			}
			test(t, url, func() *sql.DB {
				db, err := sql.Open(driver, source)
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() {
					if err := db.Close(); err != nil {
						t.Error(err)
					}
				})
				return db
			})
		})
	}
}

func connect(t *testing.T, url string) *store.Conn {
	t.Helper()
	s, err := open.Open(context.Background(), url, crm.SystemClock{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	c, err := s.Connection(context.Background(), "main", crm.Company)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// pageSize is how many deals the child writes in a page, and how many rows of a plan it settles at once.
const pageSize = 20

// child works until it is killed, and says on its output what is certainly stored.
func child(work, url string) {
	ctx := context.Background()
	s, err := open.Open(ctx, url, crm.SystemClock{})
	if err != nil {
		panic(err)
	}
	c, err := s.Connection(ctx, "main", crm.Company)
	if err != nil {
		panic(err)
	}
	for n := 1; err == nil; n++ {
		switch work {
		case "pull":
			page := store.PageUpdate{State: fmt.Append(nil, n)}
			for i := range pageSize {
				page.Records = append(page.Records, crm.Record{Kind: crm.Deal, ID: fmt.Sprintf("%d-%d", n, i),
					Links: []crm.Link{{Kind: crm.Company, ID: fmt.Sprint("c", i)}}})
			}
			_, err = c.ApplyPage(ctx, crm.Deal, page)
		case "apply":
			var seqs []int64
			var done []store.Settlement
			for i := range int64(pageSize) {
				seq := int64(n-1)*pageSize + i + 1
				seqs = append(seqs, seq)
				done = append(done, store.Settlement{Seq: seq, State: store.RowDone, Written: map[string]string{"taxon_abc": "A"}})
			}
			if err = c.MarkSent(ctx, 1, seqs); err == nil {
				fmt.Println("sent", n)
				err = c.Settle(ctx, 1, done)
			}
		}
		fmt.Println("done", n)
	}
	panic(err)
}

// kill starts a child at some work and kills it in the midst of the page after the one that it has reported.
func kill(t *testing.T, work, url, after string) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "TAXON_TEST_CHILD="+work, "TAXON_TEST_STORE="+url)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	reached := false
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if lines.Text() == after {
			reached = true
			break
		}
	}
	if err := cmd.Process.Kill(); err != nil { // SIGKILL
		t.Fatal(err)
	}
	_ = cmd.Wait() // it was killed
	if !reached {
		t.Fatalf("the child ended before it reached %q", after)
	}
}

func TestAPullKilledAnywhereLeavesWholePagesAndTheirState(t *testing.T) {
	engines(t, func(t *testing.T, url string, _ func() *sql.DB) {
		connect(t, url)
		for round := range 4 {
			kill(t, "pull", url, fmt.Sprint("done ", 3+2*round))
			c := connect(t, url)
			state, err := c.SyncState(t.Context(), crm.Deal)
			if err != nil {
				t.Fatal(err)
			}
			var pages int
			if _, err := fmt.Sscan(string(state), &pages); err != nil {
				t.Fatalf("state %q: %v", state, err)
			}
			counts, err := c.Counts(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			orphans, err := c.Orphans(t.Context(), 1_000_000)
			if err != nil {
				t.Fatal(err)
			}
			// A later round writes the first pages again, which changes nothing.
			if counts.Orphans.Deals%pageSize != 0 || counts.Orphans.Deals < pages*pageSize || len(orphans.Sample) != counts.Orphans.Deals {
				t.Errorf("state %d pages, counted %d deals, found %d", pages, counts.Orphans.Deals, len(orphans.Sample))
			}
			ids := map[string]bool{}
			for _, o := range orphans.Sample {
				ids[o.ID] = true
			}
			for n := 1; n <= pages; n++ {
				for i := range pageSize {
					if !ids[fmt.Sprintf("%d-%d", n, i)] {
						t.Fatalf("the state says %d pages, deal %d of page %d is not there", pages, i, n)
					}
				}
			}
		}
	})
}

func TestAnApplyKilledAnywhereKnowsWhatWasWritten(t *testing.T) {
	for _, after := range []string{"sent 4", "done 4"} {
		t.Run(after, func(t *testing.T) {
			engines(t, func(t *testing.T, url string, _ func() *sql.DB) {
				c := connect(t, url)
				w, err := c.BeginPlan(t.Context(), store.Plan{})
				if err != nil {
					t.Fatal(err)
				}
				var rows []store.PlanRow
				for i := range 20_000 {
					id := fmt.Sprintf("c%05d", i)
					rows = append(rows, store.PlanRow{Kind: crm.Company, Record: id, Customer: id})
				}
				if err := w.Add(t.Context(), rows); err != nil {
					t.Fatal(err)
				}
				if _, err := w.Commit(t.Context(), "h", nil); err != nil {
					t.Fatal(err)
				}
				kill(t, "apply", url, after)
				c = connect(t, url)
				counts, err := c.PlanCounts(t.Context(), w.ID())
				if err != nil {
					t.Fatal(err)
				}
				written := 0
				err = c.WrittenRecords(t.Context(), crm.Company, nil, func(id string, values map[string]string) error {
					if want := fmt.Sprintf("c%05d", written); id != want || values["taxon_abc"] != "A" {
						t.Errorf("written %s, want %s", id, want)
					}
					written++
					return nil
				})
				if err != nil {
					t.Fatal(err)
				}
				done, sent := int(counts[store.RowDone]), int(counts[store.RowSent])
				if done != written || done%pageSize != 0 || done < 3*pageSize || sent != 0 && sent != pageSize {
					t.Errorf("done %d, written %d, in flight %d", done, written, sent)
				}
			})
		})
	}
}

func TestAStoreOfANewerProgramIsRefused(t *testing.T) {
	engines(t, func(t *testing.T, url string, raw func() *sql.DB) {
		connect(t, url)
		if _, err := raw().Exec(`insert into goose_db_version (version_id, is_applied) values ($1, $2)`, 9999, true); err != nil {
			t.Fatal(err)
		}
		_, err := open.Open(t.Context(), url, crm.SystemClock{})
		if crm.CodeOf(err) != crm.CodeConfig || !strings.Contains(err.Error(), "9999") || !strings.Contains(err.Error(), "newer") {
			t.Errorf("got %v", err)
		}
	})
}

func TestDamagedDataNamesTheCustomerAndNothingElse(t *testing.T) {
	engines(t, func(t *testing.T, url string, raw func() *sql.DB) {
		c := connect(t, url)
		apply := func(r crm.Record) error {
			_, err := c.ApplyPage(t.Context(), r.Kind, store.PageUpdate{Records: []crm.Record{r}, State: []byte("s")})
			return err
		}
		for _, r := range []crm.Record{
			{Kind: crm.Company, ID: "good", Fields: map[string]crm.Value{"name": crm.TextValue("Sorrow Ltd")}},
			{Kind: crm.Company, ID: "harmed", Fields: map[string]crm.Value{"name": crm.TextValue("Sorrow Ltd")}},
			{Kind: crm.Deal, ID: "1", Fields: map[string]crm.Value{"name": crm.TextValue("Sorrow Ltd")}, Links: []crm.Link{{Kind: crm.Company, ID: "harmed"}}},
		} {
			if err := apply(r); err != nil {
				t.Fatal(err)
			}
		}
		db := raw()
		var deals []byte
		if err := db.QueryRow(`select deals from customer where id = 'harmed'`).Scan(&deals); err != nil {
			t.Fatal(err)
		}
		for name, harm := range map[string]func([]byte) []byte{
			"a flipped bit":   func(b []byte) []byte { b[len(b)-2] ^= 4; return b },
			"cut off":         func(b []byte) []byte { return b[:len(b)-3] },
			"a byte":          func([]byte) []byte { return []byte{1} },
			"another version": func(b []byte) []byte { b[0] = 77; return b },
		} {
			if _, err := db.Exec(`update customer set deals = $1 where id = 'harmed'`, harm(slices.Clone(deals))); err != nil {
				t.Fatal(err)
			}
			check := func(what string, err error) {
				t.Helper()
				if crm.CodeOf(err) != crm.CodeInternal || !strings.Contains(err.Error(), "customer harmed") || strings.Contains(err.Error(), "Sorrow") {
					t.Errorf("%s, %s: %v", name, what, err)
				}
			}
			seen := 0
			check("reading", c.Customers(t.Context(), "", func(*store.Customer) error { seen++; return nil }))
			if seen != 1 {
				t.Errorf("%s: %d customers before it", name, seen)
			}
			check("writing", apply(crm.Record{Kind: crm.Deal, ID: "2", Links: []crm.Link{{Kind: crm.Company, ID: "harmed"}}}))
			_, _, _, err := c.Record(t.Context(), crm.Deal, "1")
			check("showing", err)
		}
		if err := c.ForgetMirror(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := apply(crm.Record{Kind: crm.Company, ID: "harmed"}); err != nil {
			t.Errorf("after forgetting the mirror: %v", err)
		}
	})
}

func TestURLsOfOtherDatabases(t *testing.T) {
	_, err := open.Open(t.Context(), "mysql://root:hunter2@host/db", crm.SystemClock{})
	if crm.CodeOf(err) != crm.CodeConfig || strings.Contains(err.Error(), "hunter2") || !strings.Contains(err.Error(), "sqlite:PATH") {
		t.Errorf("got %v", err)
	}
	_, err = open.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "file", "x")+"\x00", crm.SystemClock{})
	if crm.CodeOf(err) != crm.CodeUnavailable {
		t.Errorf("a path that cannot be: %v", err)
	}
	path := filepath.Join(t.TempDir(), "not.db")
	if err := os.WriteFile(path, []byte(strings.Repeat("this is no database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err = open.Open(t.Context(), "sqlite:"+path, crm.SystemClock{}); crm.CodeOf(err) != crm.CodeUnavailable {
		t.Errorf("a file that is no database: %v", err)
	}
	_, err = open.Open(t.Context(), "postgres://nobody@127.0.0.1:1/db", crm.SystemClock{})
	if crm.CodeOf(err) != crm.CodeUnavailable {
		t.Errorf("a server that is not there: %v", err)
	}
}

// column is a column as both databases can say it.
type column struct{ table, name, kind, null string }

func TestBothDatabasesHaveOneSchema(t *testing.T) {
	schemas := map[string]string{}
	engines(t, func(t *testing.T, url string, raw func() *sql.DB) {
		connect(t, url)
		columns, indexes := `select m.name, c.name, lower(c.type), case when c."notnull" = 1 or c.pk > 0 then 'no' else 'yes' end
			from sqlite_master m, pragma_table_info(m.name) c where m.type = 'table' and m.name not like 'sqlite%' and m.name not like 'goose%'`,
			`select sql from sqlite_master where type = 'index' and sql is not null`
		if strings.HasPrefix(url, "postgres") {
			columns, indexes = `select table_name, column_name, data_type, lower(is_nullable) from information_schema.columns where table_schema = 'public' and table_name not like 'goose%'`,
				`select indexdef from pg_indexes where schemaname = 'public' and indexname not like '%_pkey' and indexname not like '%_key' and indexname not like 'goose%'`
		}
		db := raw()
		var lines []string
		add := func(query string, width int, show func([]string) string) {
			rows, err := db.Query(query)
			if err != nil {
				t.Fatal(err)
			}
			defer rows.Close()
			for rows.Next() {
				texts := make([]string, width)
				to := make([]any, width)
				for i := range texts {
					to[i] = &texts[i]
				}
				if err := rows.Scan(to...); err != nil {
					t.Fatal(err)
				}
				lines = append(lines, show(texts))
			}
			if err := rows.Err(); err != nil {
				t.Fatal(err)
			}
		}
		kinds := map[string]string{"bigint": "integer", "bytea": "blob"}
		add(columns, 4, func(s []string) string {
			c := column{s[0], s[1], s[2], s[3]}
			if k, ok := kinds[c.kind]; ok {
				c.kind = k
			}
			return fmt.Sprint(c)
		})
		drop := regexp.MustCompile(`public\.| USING btree|::text|[()]`)
		add(indexes, 1, func(s []string) string {
			return strings.ToLower(strings.Join(strings.Fields(drop.ReplaceAllString(s[0], " ")), " "))
		})
		slices.Sort(lines)
		schemas[t.Name()[strings.LastIndexByte(t.Name(), '/')+1:]] = strings.ReplaceAll(strings.Join(lines, "\n"), " ,", ",")
	})
	if schemas["sqlite"] != schemas["postgres"] || strings.Count(schemas["sqlite"], "\n") < 100 {
		t.Errorf("sqlite:\n%s\n\npostgres:\n%s", schemas["sqlite"], schemas["postgres"])
	}
}

//go:build unix

package pgtest

import (
	"database/sql"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
)

func TestEachDatabaseIsFreshAndSortsAsEnglishDoes(t *testing.T) {
	for range 2 {
		db, err := sql.Open("pgx", URL(t))
		if err != nil {
			t.Fatal(err)
		}
		var first string
		_, err = db.Exec(`create table word (text text)`)
		if err == nil {
			_, err = db.Exec(`insert into word values ('b'), ('C'), ('a'), ('B')`)
		}
		if err == nil {
			err = db.QueryRow(`select string_agg(text, '' order by text) from word`).Scan(&first)
		}
		if err != nil || first != "abBC" {
			t.Errorf("sorted %q, %v", first, err)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestWhatAKilledTestLeftBehindIsRemoved(t *testing.T) {
	dead := exec.Command(os.Args[0], "-test.run=^$")
	if err := dead.Run(); err != nil {
		t.Fatal(err)
	}
	base := t.TempDir()
	left := filepath.Join(base, prefix+strconv.Itoa(dead.Process.Pid)+"-1")
	alive := filepath.Join(base, prefix+strconv.Itoa(os.Getpid())+"-1")
	for _, dir := range []string{left, alive} {
		if err := os.MkdirAll(filepath.Join(dir, "data"), 0o700); err != nil {
			t.Fatal(err)
		}
		// A process id that was given again, to this very test: it must survive.
		if err := os.WriteFile(filepath.Join(dir, "data", "postmaster.pid"), []byte(strconv.Itoa(os.Getpid())+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	sweep(base)
	if _, err := os.Stat(left); !os.IsNotExist(err) {
		t.Errorf("the dead one's directory: %v", err)
	}
	if _, err := os.Stat(alive); err != nil {
		t.Errorf("the living one's directory: %v", err)
	}
}

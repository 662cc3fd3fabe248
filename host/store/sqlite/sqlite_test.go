package sqlite_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/store/sqlite"
	"github.com/taxonhq/taxon/host/store/storetest"
)

func TestConformance(t *testing.T) {
	storetest.Run(t, storetest.Engine{Open: sqlite.Open, Fresh: func(t testing.TB) string { return filepath.Join(t.TempDir(), "store.db") }})
}

func TestTheFileIsForItsOwnerOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "a b%20?#.db")
	s, err := sqlite.Open(t.Context(), path, crm.SystemClock{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Secret(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{path, path + "-wal", path + "-shm"} {
		info, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", filepath.Base(file), info.Mode())
		}
	}
	info, err := os.Stat(filepath.Dir(path))
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the directory: %v, %v", info.Mode(), err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

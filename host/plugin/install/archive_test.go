package install

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/sdk/protocol"
)

// file is an entry of a hand-made archive.
type file struct {
	header tar.Header
	data   []byte
}

func regular(name, data string) file {
	return file{tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644, Format: tar.FormatUSTAR}, []byte(data)}
}

// well is a package as it should be, but for its executable, which is never started here.
func well(t *testing.T) []file {
	t.Helper()
	manifest, err := protocol.ManifestJSON(loyal.manifest())
	if err != nil {
		t.Fatal(err)
	}
	return []file{regular("LICENSE", "MIT"), regular("bin/loyal", "#!/bin/sh\nexit 1\n"), regular("plugin.json", string(manifest))}
}

// write makes an archive by hand.
func write(t *testing.T, list []file) []byte {
	t.Helper()
	var out bytes.Buffer
	zipped := gzip.NewWriter(&out)
	w := tar.NewWriter(zipped)
	for _, f := range list {
		if f.header.Typeflag == tar.TypeReg && f.header.Size == 0 {
			f.header.Size = int64(len(f.data))
		}
		if err := w.WriteHeader(&f.header); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(f.data); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := zipped.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func special(kind byte, name, link string) file {
	return file{header: tar.Header{Typeflag: kind, Name: name, Linkname: link, Mode: 0o777, Format: tar.FormatUSTAR}}
}

func TestEvilPackagesAreRefused(t *testing.T) {
	with := func(f ...file) func([]file) []file { return func(list []file) []file { return append(list, f...) } }
	without := func(name string) func([]file) []file {
		return func(list []file) []file {
			return slices.DeleteFunc(list, func(f file) bool { return f.header.Name == name })
		}
	}
	for name, test := range map[string]struct {
		spoil func([]file) []file
		want  string
	}{
		"parent path":          {with(regular("../evil", "x")), `the file "../evil", which no package has`},
		"parent path in bin":   {with(regular("bin/../../evil", "x")), "which no package has"},
		"absolute path":        {with(regular("/etc/cron.d/evil", "x")), "which no package has"},
		"dot path":             {with(regular("./README.md", "x")), "which no package has"},
		"back slashes":         {with(regular(`testdata\..\evil`, "x")), "which no package has"},
		"extra file":           {with(regular("evil.sh", "x")), `the file "evil.sh", which no package has`},
		"hidden file":          {with(regular("testdata/.evil", "x")), "which no package has"},
		"deep file":            {with(regular("testdata/a/b/c/d/e", "x")), "which no package has"},
		"symbolic link":        {with(special(tar.TypeSymlink, "README.md", "/etc/passwd")), "is a link, directory or special file"},
		"hard link":            {with(special(tar.TypeLink, "README.md", "/etc/passwd")), "is a link, directory or special file"},
		"device":               {with(special(tar.TypeChar, "README.md", "")), "is a link, directory or special file"},
		"FIFO":                 {with(special(tar.TypeFifo, "README.md", "")), "is a link, directory or special file"},
		"directory":            {with(special(tar.TypeDir, "testdata/x", "")), "is a link, directory or special file"},
		"link for a directory": {func(l []file) []file { return append([]file{special(tar.TypeSymlink, "bin", "/tmp")}, l...) }, "is a link"},
		"twice":                {with(regular("LICENSE", "x")), `the file "LICENSE" twice`},
		"twice but for case":   {with(regular("testdata/a", "x"), regular("testdata/A", "x")), `twice`},
		"two executables":      {with(regular("bin/other", "x")), "more than one file in bin"},
		"no licence":           {without("LICENSE"), "it has no LICENSE"},
		"no manifest":          {without("plugin.json"), "it has no plugin.json"},
		"no executable":        {without("bin/loyal"), "it has no executable in bin"},
		"empty licence":        {func(l []file) []file { return append(without("LICENSE")(l), regular("LICENSE", "")) }, `file "LICENSE" is empty`},
		"huge licence": {func(l []file) []file {
			return append(without("LICENSE")(l), regular("LICENSE", strings.Repeat("x", maxText+1)))
		}, "are too large"},
		"huge test file": {with(regular("testdata/big", strings.Repeat("x", maxTestFile+1))), "are too large"},
		"many files": {func(l []file) []file {
			for i := range maxFiles {
				l = append(l, regular("testdata/"+strings.Repeat("a", 1+i/26)+string(rune('a'+i%26)), "x"))
			}
			return l
		}, "are too large"},
		"wrong manifest": {func(l []file) []file {
			return append(without("plugin.json")(l), regular("plugin.json", `{"id": "acme.loyal"`))
		}, "the manifest is not valid"},
		"unknown key": {func(l []file) []file { return append(without("plugin.json")(l), regular("plugin.json", `{"evil": 1}`)) }, "the manifest is not valid"},
		"extended": {with(file{tar.Header{Typeflag: tar.TypeReg, Name: "README.md", PAXRecords: map[string]string{"SCHILY.xattr.user.x": "1"}, Format: tar.FormatPAX}, []byte("x")}),
			"has extended attributes"},
	} {
		t.Run(name, func(t *testing.T) {
			refused(t, write(t, test.spoil(well(t))), test.want)
		})
	}
}

// refused checks that a package is refused before anybody is asked, and leaves nothing.
func refused(t *testing.T, archive []byte, want string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "evil.tar.gz")
	if err := os.WriteFile(path, archive, 0o600); err != nil {
		t.Fatal(err)
	}
	store := newStore(t)
	o := options(store)
	o.Approve = func(Request) error { t.Error("it was asked for approval"); return nil }
	_, err := Install(t.Context(), path, o)
	if crm.CodeOf(err) != crm.CodePlugin || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "evil.tar.gz: ") {
		t.Errorf("error %v, want %q", err, want)
	}
	if names := files(t, store); len(names) > 0 {
		t.Errorf("left: %v", names)
	}
}

func TestDamagedPackagesAreRefused(t *testing.T) {
	good := write(t, well(t))
	refused(t, []byte("not an archive"), "it is no tar.gz")
	refused(t, good[:len(good)/2], "")
	refused(t, good[:len(good)-4], "it is damaged at its end")
	refused(t, append(slices.Clone(good), "more"...), "something follows after its end")
	refused(t, append(slices.Clone(good), good...), "something follows after its end")
	flipped := slices.Clone(good)
	flipped[len(flipped)-6] ^= 1 // the checksum
	refused(t, flipped, "it is damaged at its end")

	var bomb bytes.Buffer
	zipped := gzip.NewWriter(&bomb)
	if _, err := zipped.Write(make([]byte, 8<<20)); err != nil {
		t.Fatal(err)
	}
	if err := zipped.Close(); err != nil {
		t.Fatal(err)
	}
	refused(t, bomb.Bytes(), "")
}

func TestWhatIsNoFileIsNotInstalled(t *testing.T) {
	store := newStore(t)
	fifo := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Install(t.Context(), fifo, options(store)); err == nil || !strings.Contains(err.Error(), "it is no regular file") {
		t.Errorf("a FIFO: %v", err)
	}
	if _, err := Install(t.Context(), filepath.Join(store, "nothing"), options(store)); crm.CodeOf(err) != crm.CodeNotFound {
		t.Errorf("nothing: %v", err)
	}
}

func TestPackingIsDeterministic(t *testing.T) {
	dir := loyal.dir(t)
	first, pack, err := Pack(dir, filepath.Join(t.TempDir(), "first.tar.gz"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(filepath.Join(dir, "LICENSE"), time.Unix(1, 0), time.Unix(1, 0)); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(dir, "LICENSE"), 0o600); err != nil {
		t.Fatal(err)
	}
	second, _, err := Pack(dir, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(filepath.Base(second), "acme.loyal_1.2.0_") {
		t.Errorf("the package is called %s", second)
	}
	a, err := os.ReadFile(first)
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(second)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a, b) {
		t.Error("the same files give two packages")
	}
	inspected, err := Inspect(first)
	if err != nil || inspected.ArchiveSHA256 != pack.ArchiveSHA256 || inspected.ExecutableSHA256 != pack.ExecutableSHA256 || inspected.Executable != "bin/loyal" {
		t.Errorf("%+v %v", inspected, err)
	}
}

func TestPackRefusesWhatInstallWouldRefuse(t *testing.T) {
	for name, test := range map[string]struct {
		spoil func(dir string) error
		want  string
	}{
		"no licence":      {func(dir string) error { return os.Remove(filepath.Join(dir, "LICENSE")) }, "it has no LICENSE"},
		"two executables": {func(dir string) error { return os.WriteFile(filepath.Join(dir, "bin/two"), []byte("x"), 0o700) }, "more than one file in bin"},
		"a link": {func(dir string) error {
			return os.Symlink("/etc/passwd", filepath.Join(dir, "testdata/link"))
		}, "is a link or special file"},
		"a manifest by hand": {func(dir string) error { return os.WriteFile(filepath.Join(dir, "plugin.json"), []byte("{}"), 0o600) }, "the manifest is not valid"},
		"a hidden file":      {func(dir string) error { return os.WriteFile(filepath.Join(dir, "testdata/.x"), []byte("x"), 0o600) }, "which no package has"},
	} {
		dir, out := loyal.dir(t), t.TempDir()
		if err := test.spoil(dir); err != nil {
			t.Fatal(err)
		}
		if _, _, err := Pack(dir, out); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", name, err)
		}
		if left := files(t, out); len(left) > 0 {
			t.Errorf("%s: left %v", name, left)
		}
	}
}

package launch

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/go-hclog"

	"github.com/taxonhq/taxon/host/crm"
)

// installed is the test binary as a third party's plugin: a file and its hash.
func installed(t *testing.T, mode string) (Spec, string) {
	t.Helper()
	program, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "plugin")
	if err := os.WriteFile(path, program, 0o500); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(program)
	spec := own(shortDir(t), mode)
	spec.Open = func() (*os.File, error) { return os.Open(path) }
	spec.SHA256 = hex.EncodeToString(sum[:])
	return spec, path
}

func TestWhatWasHashedIsWhatRuns(t *testing.T) {
	spec, path := installed(t, "good")
	open := spec.Open
	spec.Open = func() (*os.File, error) {
		f, err := open()
		// Whatever lies at the path after it was opened is not looked at.
		if err := os.Remove(path); err != nil {
			t.Error(err)
		}
		if err := os.WriteFile(path, []byte("#!/bin/sh\necho evil\n"), 0o700); err != nil {
			t.Error(err)
		}
		return f, err
	}
	p := start(t, spec)
	describe(t, p)
	running, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", p.PID()))
	if err != nil || !strings.Contains(running, "memfd") && !strings.HasPrefix(running, spec.Dir) {
		t.Errorf("it runs %q (%v)", running, err)
	}
}

// Where the kernel refuses executable memory, and on other systems, a private copy on disk is what runs.
func TestAPrivateCopyRunsAsWell(t *testing.T) {
	spec, path := installed(t, "good")
	spec.Log, spec.Clock = hclog.NewNullLogger(), crm.SystemClock{}
	dir, err := newPrivateDir(spec.Dir)
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	hash := sha256.New()
	exe, err := diskCopy(file, hash, dir.path)
	if err != nil || hex.EncodeToString(hash.Sum(nil)) != spec.SHA256 {
		t.Fatal(err)
	}
	c := newChild(spec, dir, exe)
	config, err := c.handshake(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	p, err := c.connect(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	describe(t, p)
	if info, err := os.Stat(exe.path); err != nil || info.Mode().Perm() != 0o500 {
		t.Errorf("the copy: %v %v", info, err)
	}
	if err := p.Stop(patience); err != nil {
		t.Error(err)
	}
}

func TestAChangedByteIsRefused(t *testing.T) {
	spec, path := installed(t, "good")
	if err := os.Chmod(path, 0o700); err != nil {
		t.Fatal(err)
	}
	program, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	program[len(program)/2] ^= 1
	if err := os.WriteFile(path, program, 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := Start(t.Context(), spec); err == nil || !strings.Contains(err.Error(), "its executable was changed since it was installed") {
		t.Errorf("error %v", err)
	}
}

func TestAScriptRunsFromItsSealedCopy(t *testing.T) {
	// The interpreter opens the script through the descriptor that it inherits.
	script := []byte("#!/bin/sh\necho \"nobody reads $0\" >&2\nexit 7\n")
	path := filepath.Join(t.TempDir(), "script")
	if err := os.WriteFile(path, script, 0o500); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(script)
	spec := Spec{ID: "acme.script", SHA256: hex.EncodeToString(sum[:]), Dir: shortDir(t), StartTimeout: patience,
		Open: func() (*os.File, error) { return os.Open(path) }}
	if _, err := Start(t.Context(), spec); err == nil || !strings.Contains(err.Error(), "exit status 7") {
		t.Errorf("error %v", err)
	}
}

func TestWhatIsNoProgramIsRefused(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{"text": "not a program", "interpreter": "#!/no/such/interpreter\n"} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o500); err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256([]byte(content))
		spec := Spec{ID: "acme.text", SHA256: hex.EncodeToString(sum[:]), Dir: shortDir(t), Open: func() (*os.File, error) { return os.Open(path) }}
		if _, err := Start(t.Context(), spec); crm.CodeOf(err) != crm.CodePlugin {
			t.Errorf("%s: error %v", name, err)
		}
		spec.Open = func() (*os.File, error) { return os.Open(dir) }
		if _, err := Start(t.Context(), spec); err == nil || !strings.Contains(err.Error(), "not a regular file") {
			t.Errorf("a directory: error %v", err)
		}
	}
}

func TestManyStartsAtOnce(t *testing.T) {
	spec, _ := installed(t, "good")
	errs := make(chan error)
	for range 4 {
		go func() {
			p, err := Start(t.Context(), spec)
			if err == nil {
				err = p.Stop(patience)
			}
			errs <- err
		}()
	}
	for range 4 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
}

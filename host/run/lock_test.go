package run

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
)

func TestOnlyAProcessThatIsSurelyGoneIsDead(t *testing.T) {
	gone := exec.Command("true")
	if err := gone.Run(); err != nil {
		t.Fatal(err)
	}
	owned := func(pid int, id identity) string {
		return fmt.Sprintf("process %d on somewhere (%s.%s.%s.7)", pid, id.machine, id.namespace, id.nonce)
	}
	with := func(edit func(*identity)) identity {
		id := self
		edit(&id)
		return id
	}
	for name, test := range map[string]struct {
		owner string
		dead  bool
	}{
		"this run":                         {owner(), false},
		"another run of this process":      {owned(os.Getpid(), self), false},
		"an earlier process of our number": {owned(os.Getpid(), with(func(i *identity) { i.nonce = "0badcafe" })), true},
		"a living process":                 {owned(os.Getppid(), with(func(i *identity) { i.nonce = "0badcafe" })), false},
		"a process that ended":             {owned(gone.Process.Pid, with(func(i *identity) { i.nonce = "0badcafe" })), true},
		"on another machine":               {owned(gone.Process.Pid, with(func(i *identity) { i.machine = "deadbeef" })), false},
		"in another container":             {owned(gone.Process.Pid, with(func(i *identity) { i.namespace = "1" })), false},
		"on a machine that cannot tell":    {owned(gone.Process.Pid, with(func(i *identity) { i.machine = "" })), false},
		"something else":                   {"a person", false},
	} {
		if got := dead(test.owner); got != test.dead && self.machine != "" {
			t.Errorf("%s: dead is %t", name, got)
		}
	}
	if a, b := owner(), owner(); a == b || !strings.HasPrefix(a, "process ") {
		t.Errorf("two runs are both %q", a)
	}
}

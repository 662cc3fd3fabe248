package classify

import (
	"slices"
	"strings"

	"github.com/taxonhq/taxon/host/crm"
)

// order gives each task its level: one more than the highest of those whose tags it reads. The members of a
// cycle fail, with the cycle in the message. tasks are in order of names, so levels and messages are stable.
func order(tasks []*task) {
	byName := map[string]*task{}
	for _, t := range tasks {
		byName[t.Name] = t
	}
	const visiting, done = 1, 2
	state := map[*task]int{}
	var path []string
	var visit func(t *task)
	visit = func(t *task) {
		if state[t] == done {
			return
		}
		if state[t] == visiting {
			cycle := append(slices.Clone(path[slices.Index(path, t.Name):]), t.Name)
			for _, name := range cycle {
				byName[name].fail(&crm.Error{Code: crm.CodeConfig, Message: "classifiers read each other's tags in a circle: " + strings.Join(cycle, " → "),
					Suggestion: "take one of these reads out of the configuration"})
			}
			return
		}
		state[t] = visiting
		path = append(path, t.Name)
		for _, name := range t.needs {
			if other := byName[name]; other != nil {
				visit(other)
				t.level = max(t.level, other.level+1)
			}
		}
		path = path[:len(path)-1]
		state[t] = done
	}
	for _, t := range tasks {
		visit(t)
	}
}

// byLevel is the tasks in the order in which they can run.
func byLevel(tasks []*task) []*task {
	out := slices.Clone(tasks)
	slices.SortStableFunc(out, func(a, b *task) int { return a.level - b.level })
	return out
}

package store_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/store"
)

func TestWhatProgramsReadIsSnakeCase(t *testing.T) {
	at := time.Date(2026, 1, 31, 9, 0, 0, 0, time.UTC)
	for _, one := range []struct {
		value any
		want  string
	}{
		{store.Run{ID: 1, Command: "run", Owner: "host 1", AsOf: 20484, Status: store.RunRunning, StartedAt: at, HeartbeatAt: at, Requests: map[string]int64{"pull": 2}},
			`{"id":1,"command":"run","owner":"host 1","as_of":"2026-01-31","status":"running","started_at":"2026-01-31T09:00:00Z","heartbeat_at":"2026-01-31T09:00:00Z","requests":{"pull":2}}`},
		{store.Orphans{Deals: 1, Sample: []store.Orphan{{Kind: crm.Deal, ID: "d", Company: "A"}}},
			`{"people":0,"deals":1,"activities":0,"sample":[{"kind":"deal","id":"d","company":"A"}]}`},
		{store.RejectedRecord{Stage: store.StagePull, Rejected: crm.Rejected{Kind: crm.Deal, ID: "d"}, Run: 1, Times: 2, FirstAt: at, LastAt: at},
			`{"stage":"pull","kind":"deal","id":"d","error":null,"run":1,"times":2,"first_at":"2026-01-31T09:00:00Z","last_at":"2026-01-31T09:00:00Z"}`},
	} {
		got, err := json.Marshal(one.value)
		if err != nil || string(got) != one.want {
			t.Errorf("%T:\n got %s, %v\nwant %s", one.value, got, err, one.want)
		}
	}
}

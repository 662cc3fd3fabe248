package conformance

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/taxonhq/taxon/examples/sandbox"
	"github.com/taxonhq/taxon/host/connector"
	"github.com/taxonhq/taxon/host/connector/manifest"
)

// secretsAndPersonalDataAreNeverSaid: whatever the CRM answers, and be it the request itself, neither a credential nor a value
// out of a record is in a log line, an error or a state. The world looks for them when a check is done; this one provokes them.
func secretsAndPersonalDataAreNeverSaid(t T, d *Dialect) {
	eachWay(t, d, func(w *world, _ *manifest.Auth) {
		for _, answer := range []http.HandlerFunc{echo(400), echo(401), echo(403), echo(500), echo(200), sandbox.Cut()} {
			for _, skip := range []int{0, 1, 2, 3} {
				remove := w.Faults.Add(sandbox.Fault{Skip: skip, Answer: answer})
				w.everything(t)
				remove()
			}
		}
		w.everything(t)
		if w.said.all.Len() == 0 {
			t.Errorf("nothing was logged")
		}
	})
}

// everything does all that a connector can, and notes what is said of it.
func (w *world) everything(t T) {
	c := w.connect(t)
	problems, err := c.Check(t.Context())
	w.said.note(problems, err)
	for _, kind := range w.kinds() {
		err := c.Pull(t.Context(), kind, nil, func(page connector.Page) error {
			w.said.note(string(page.State), page.Rejected, page.LeftOut)
			return nil
		})
		w.said.note(err)
		w.said.note(c.IDs(t.Context(), kind, func([]string) error { return nil }))
	}
	kind, object := w.target()
	if object == "" {
		return
	}
	specs := w.specs(object)[:1]
	states, err := c.Provision(t.Context(), kind, specs)
	w.said.note(states, err)
	if len(w.put[object]) > 0 {
		x := connector.Write{ID: w.put[object][0].id, Fields: values(specs, 0)}
		err := c.Write(context.WithoutCancel(t.Context()), kind, []connector.Write{x}, func(out []connector.Outcome) error {
			for _, o := range out {
				w.said.note(o.Error)
			}
			return nil
		})
		w.said.note(err)
	}
}

// echo answers with all that it was asked: headers, address and body, in every place where vendors put words.
func echo(status int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body) // a request that was cut has nothing to echo
		var all strings.Builder
		fmt.Fprintf(&all, "%s %s %s of %s", r.URL, body, privateWord, r.Host)
		for name, values := range r.Header {
			fmt.Fprintf(&all, "; %s: %s", name, strings.Join(values, ","))
		}
		said := all.String()
		detail := map[string]any{"message": said, "code": said, "errorCode": said, "fields": []string{said}, "detail": said, "status": said}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(map[string]any{"message": said, "error": said, "errors": []any{detail}, "category": said, "code": said, "errorCode": said,
			"errorMessage": said, "error_description": said, "description": said, "title": said, "success": false, "correlationId": said, "data": []any{detail}})
	}
}

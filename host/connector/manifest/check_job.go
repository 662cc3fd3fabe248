package manifest

import "strings"

// listingExtras checks what a listing may have beside its pages.
func (d *decoder) listingExtras(l *Listing) {
	j := l.Job
	if j == nil {
		return
	}
	jobAt := d.places[j]
	if j.Above > 0 && l.Count == nil {
		d.fault(jobAt, "above needs the listing's count")
	}
	if (j.Format == "json") != (j.Rows != nil) {
		d.fault(jobAt, "rows belong to the format json, and only to it")
	}
	if len(j.Columns) > 0 && !strings.HasPrefix(j.Format, "csv") {
		d.fault(jobAt, "columns belong to a CSV")
	}
	if j.Cursor != nil && j.Size == 0 {
		d.fault(jobAt, "a result in pages needs size")
	}
}

// onlyPages checks a listing that is read in pages, whatever its size.
func (d *decoder) onlyPages(l *Listing) {
	if l != nil && l.Job != nil {
		d.fault(d.places[l.Job], "only list and changed are read as jobs")
	}
}

// writeExtras checks the ways of writing beside plain requests.
func (d *decoder) writeExtras(w *Write) {
	at := d.places[w]
	if e := w.Envelope; e != nil {
		if w.Match != "order" || w.SameValues {
			d.fault(d.places[e], "the parts of an envelope are matched by order, one record each")
		}
		if e.Request != nil && (e.Request.Body != nil || e.Request.Form != nil) {
			d.fault(d.places[e.Request], "the request of an envelope has no body of its own")
		}
	} else if w.Match == "order" && w.Written == nil {
		d.fault(at, "matching by order needs written")
	}
	if w.Together != nil && w.Envelope == nil {
		d.fault(d.places[w.Together], "what is refused together goes by an envelope, which is missing")
	}
	if w.Distinct != nil {
		d.positive(w.Distinct.Batch, "batch", d.places[w.Distinct])
		if !w.SameValues || w.Match != "status" || w.Distinct.Batch > w.Batch {
			d.fault(d.places[w.Distinct], "distinct stands beside same_values, with match: status and a batch that is no larger")
		}
	}
	if w.Request != nil && w.Request.First != nil && (w.Batch != 1 || w.Envelope != nil) {
		d.fault(d.places[w.Request], "only the write of a single record has a request first")
	}
	j := w.Job
	if j == nil {
		return
	}
	d.positive(j.Batch, "batch", d.places[j])
	if (j.Upload == nil) != (j.Row == nil) {
		d.fault(d.places[j], "upload and row belong together")
	}
	if j.Start != nil && j.Upload == nil {
		d.fault(d.places[j], "start without upload")
	}
	if j.Upload != nil && (j.Upload.Body != nil || j.Upload.Form != nil) {
		d.fault(d.places[j.Upload], "the rows are the body of upload")
	}
	for _, r := range j.Results {
		if json := r.Format == "" || r.Format == "json"; json != (r.Rows != nil) {
			d.fault(d.places[r], "rows belong to the format json, and only to it")
		}
		if r.Request == nil && r.Format != "" && r.Format != "json" {
			d.fault(d.places[r], "the last answer of poll is JSON")
		}
	}
}

// limit checks a bucket.
func (d *decoder) limit(l *Limit) {
	at := d.places[l]
	switch {
	case l.AtOnce > 0 && (l.Requests > 0 || l.Per > 0 || l.Daily != ""):
		d.fault(at, "at_once stands in the place of requests and per")
	case l.AtOnce == 0 && (l.Requests == 0 || l.Per == 0):
		d.fault(at, "requests and per must be above zero, or at_once")
	}
}

// assertion checks that the key of an assertion is a secret.
func (d *decoder) assertion(a *Auth) {
	if a.Exchange == nil || a.Exchange.Assertion == nil {
		return
	}
	if e := a.Exchange.Assertion; a.Secrets[e.Key] == nil {
		d.fault(d.places[e], "there is no secret %q", e.Key)
	}
}

package transport

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/taxonhq/taxon/host/connector/manifest"
	"github.com/taxonhq/taxon/host/connector/mapping"
	"github.com/valyala/fastjson"
)

// maxBody bounds an answer.
const maxBody = 64 << 20

// Answer is a CRM's answer, valid only inside the function that gets it. Body is nil when it is empty; Empty tells that
// the CRM says so: by its status, or by an error that the manifest calls empty.
type Answer struct {
	Status int
	Header http.Header
	Body   *fastjson.Value
	Empty  bool
	File   *os.File // instead of Body, of a call that is Spooled
	Size   int64    // of the file in bytes
	raw    []byte
	json   bool
}

// Date is the server's time by its Date header; ok is false when it does not tell.
func (a *Answer) Date() (time.Time, bool) {
	at, err := http.ParseTime(a.Header.Get("Date"))
	return at, err == nil
}

// Vars are the variables of the scope "answer" that the answer supplies.
func (a *Answer) Vars(into map[string]any) map[string]any {
	into["status"] = a.Status
	into["body"] = mapping.JSON(a.Body)
	if _, ok := into["headers"]; !ok {
		into["headers"] = headerMap(a.Header)
	}
	return into
}

func headerMap(h http.Header) map[string]string {
	m := make(map[string]string, len(h))
	for k := range h {
		m[strings.ToLower(k)] = h.Get(k)
	}
	return m
}

// reader is what reading an answer needs; pooled, because a page is some 64 KB.
type reader struct {
	buffer bytes.Buffer
	parser fastjson.Parser
}

var readers = sync.Pool{New: func() any { return &reader{} }}

// read takes in a whole answer.
func (r *reader) read(res *http.Response) (*Answer, error) {
	r.buffer.Reset()
	n, err := r.buffer.ReadFrom(io.LimitReader(res.Body, maxBody+1))
	if err != nil {
		return nil, err
	}
	a := &Answer{Status: res.StatusCode, Header: res.Header, raw: r.buffer.Bytes(),
		Empty: res.StatusCode == http.StatusNoContent || res.StatusCode == http.StatusNotModified}
	if n > maxBody {
		return a, nil // not parsed: unusable
	}
	if len(bytes.TrimSpace(a.raw)) == 0 {
		a.json = true
		return a, nil
	}
	if body, err := r.parser.ParseBytes(a.raw); err == nil {
		a.Body, a.json = body, true
	}
	return a, nil
}

// fits reports whether all conditions of a rule hold for the answer.
func (a *Answer) fits(r *manifest.ErrorRule) bool {
	if len(r.Status) > 0 && !slices.ContainsFunc(r.Status, func(s string) bool {
		return s == strconv.Itoa(a.Status) || strings.HasSuffix(s, "xx") && s[0] == byte('0'+a.Status/100)
	}) {
		return false
	}
	for name, part := range r.Header {
		if values := a.Header.Values(name); len(values) == 0 || !strings.Contains(strings.Join(values, ","), part) {
			return false
		}
	}
	if r.ContentType != "" && !strings.HasPrefix(a.Header.Get("Content-Type"), r.ContentType) {
		return false
	}
	for path, allowed := range r.Body {
		if a.Body == nil || !slices.Contains(allowed, mapping.Text(mapping.ParsePath(path).In(a.Body))) {
			return false
		}
	}
	return len(r.Text) == 0 || slices.ContainsFunc(r.Text, func(text string) bool { return bytes.Contains(a.raw, []byte(text)) })
}

// retryAfter reads a Retry-After header: seconds or an HTTP date. The date is measured against the server's own clock
// where it tells its time.
func (a *Answer) retryAfter(now time.Time) (time.Duration, bool) {
	text := strings.TrimSpace(a.Header.Get("Retry-After"))
	if seconds, err := strconv.ParseFloat(text, 64); err == nil && seconds >= 0 && seconds < 1e7 {
		return time.Duration(seconds * float64(time.Second)), true
	}
	at, err := http.ParseTime(text)
	if err != nil {
		return 0, false
	}
	if date, ok := a.Date(); ok {
		now = date
	}
	return max(0, at.Sub(now)), true
}

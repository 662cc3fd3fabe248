package transport

import (
	"context"
	"io"
	"mime"
	"net/http"
	"os"
	"time"

	"github.com/taxonhq/taxon/host/crm"
)

// maxFile bounds a file that a CRM answers with.
const maxFile = 16 << 30

// Spooled asks for the answer of a call as a file. It stands in Answer.File, readable from its beginning until the function
// that gets the answer returns. It has no name in the file system, so that a killed process leaves nothing behind. An
// answer that is no success, or JSON, is read as usual.
func (c *Call) Spooled() *Call {
	c.spool = true
	return c
}

// isFile reports whether an answer is the file that was asked for.
func isFile(res *http.Response) bool {
	kind, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type")) // one that cannot be read is not JSON
	return res.StatusCode == http.StatusOK && kind != "application/json"
}

// readFile takes in an answer as a file.
func readFile(res *http.Response) (*Answer, error) {
	file, err := os.CreateTemp("", "taxon-*") // CreateTemp makes it 0600
	if err != nil {
		return nil, &crm.Error{Code: crm.CodeInternal, Message: "an answer of the CRM cannot be put on disk", Cause: err,
			Suggestion: "make room in the directory for temporary files"}
	}
	a := &Answer{Status: res.StatusCode, Header: res.Header, File: file}
	if err := os.Remove(file.Name()); err != nil {
		a.close()
		return nil, &crm.Error{Code: crm.CodeInternal, Message: "an answer of the CRM cannot be put on disk", Cause: err}
	}
	disk := &written{to: file}
	a.Size, err = io.Copy(disk, io.LimitReader(res.Body, maxFile))
	if err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	if err != nil {
		a.close()
		if disk.err != nil {
			err = &crm.Error{Code: crm.CodeInternal, Message: "an answer of the CRM cannot be put on disk", Cause: disk.err,
				Suggestion: "make room in the directory for temporary files"}
		}
		return nil, err
	}
	return a, nil
}

// written tells faults of the disk from those of the network.
type written struct {
	to  io.Writer
	err error
}

func (w *written) Write(p []byte) (int, error) {
	n, err := w.to.Write(p)
	w.err = err
	return n, err
}

// close gives the file back, when there is one.
func (a *Answer) close() {
	if a != nil && a.File != nil {
		_ = a.File.Close() // it is gone then
	}
}

// patient ends an attempt when nothing has arrived for so long. progress is to be called when something has.
func patient(ctx context.Context, timeout time.Duration) (within context.Context, progress, cancel func()) {
	within, stop := context.WithCancel(ctx)
	timer := time.AfterFunc(timeout, stop)
	return within, func() { timer.Reset(timeout) }, func() { timer.Stop(); stop() }
}

// watched calls progress with each read.
type watched struct {
	io.ReadCloser
	progress func()
}

func (w watched) Read(p []byte) (int, error) {
	n, err := w.ReadCloser.Read(p)
	w.progress()
	return n, err
}

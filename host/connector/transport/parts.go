package transport

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"strconv"
	"strings"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/valyala/fastjson"
)

// Part is the answer to one part of an envelope. Failure is nil when it is a success.
type Part struct {
	Answer  *Answer
	Failure *Failure
}

// DoParts sends calls as the parts of one multipart/mixed request, each an HTTP request of its own (application/http), and
// hands over the answers in their order, judged by the rules of the part's request. There may be fewer than calls, when the
// CRM stops at a failure.
func (c *Client) DoParts(ctx context.Context, envelope *Call, parts []*Call, use func([]Part) error) error {
	body, boundary, err := c.encodeParts(parts)
	if err != nil {
		return err
	}
	envelope.Raw, envelope.Type, envelope.parts = body, "multipart/mixed; boundary="+boundary, true
	return c.Do(ctx, envelope, func(a *Answer) error {
		answers, err := a.parse(a.Header.Get("Content-Type"), bytes.NewReader(a.raw))
		if err != nil || len(answers) == 0 || len(answers) > len(parts) {
			return ErrUnusable
		}
		out := make([]Part, len(answers))
		for i, answer := range answers {
			if out[i].Answer = answer; !c.success(answer) {
				out[i].Failure = c.failure(c.judge(parts[i], answer), answer)
			}
		}
		return use(out)
	})
}

// encodeParts writes calls as parts. They carry no credentials: the envelope does.
func (c *Client) encodeParts(parts []*Call) (body []byte, boundary string, err error) {
	c.mu.Lock()
	base := c.base
	c.mu.Unlock()
	var out bytes.Buffer
	w := multipart.NewWriter(&out)
	for i, call := range parts {
		u, err := target(base, call.Class, call.Path, call.Query)
		if err != nil {
			return nil, "", err
		}
		content, kind, err := call.encode(carried{})
		if err != nil {
			return nil, "", &crm.Error{Code: crm.CodeInternal, Message: "a request cannot be encoded"}
		}
		part, err := w.CreatePart(textproto.MIMEHeader{"Content-Type": {"application/http"}, "Content-Transfer-Encoding": {"binary"}, "Content-Id": {strconv.Itoa(i + 1)}})
		if err != nil {
			return nil, "", err
		}
		fmt.Fprintf(part, "%s %s HTTP/1.1\r\nHost: %s\r\n", call.method(), u.RequestURI(), u.Host)
		header := http.Header{}
		for name, value := range call.Headers {
			header.Set(name, value)
		}
		if content != nil {
			header.Set("Content-Type", kind)
		}
		if err := header.Write(part); err != nil {
			return nil, "", err
		}
		fmt.Fprintf(part, "\r\n%s", content)
	}
	err = w.Close()
	return out.Bytes(), w.Boundary(), err
}

// parse reads the answers in a multipart body; parts that are multipart themselves are read as their parts.
func (a *Answer) parse(contentType string, body io.Reader) ([]*Answer, error) {
	kind, parameters, err := mime.ParseMediaType(contentType)
	if err != nil || !strings.HasPrefix(kind, "multipart/") {
		return nil, ErrUnusable
	}
	var out []*Answer
	for r := multipart.NewReader(body, parameters["boundary"]); ; {
		part, err := r.NextRawPart()
		if err == io.EOF {
			return out, nil
		}
		if err != nil {
			return nil, ErrUnusable // it ends too early
		}
		if kind := part.Header.Get("Content-Type"); strings.HasPrefix(kind, "multipart/") {
			inner, err := a.parse(kind, part)
			if err != nil {
				return nil, err
			}
			out = append(out, inner...)
			continue
		}
		res, err := http.ReadResponse(bufio.NewReader(part), nil)
		if err != nil {
			return nil, ErrUnusable
		}
		raw, err := io.ReadAll(res.Body)
		if err != nil {
			return nil, ErrUnusable
		}
		answer := &Answer{Status: res.StatusCode, Header: res.Header, raw: raw, json: len(bytes.TrimSpace(raw)) == 0}
		if parsed, err := fastjson.ParseBytes(raw); err == nil {
			answer.Body, answer.json = parsed, true
		}
		out = append(out, answer)
	}
}

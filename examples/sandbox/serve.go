package sandbox

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"strings"
	"time"
)

// Listener is a sandbox that listens for connections.
type Listener struct {
	// URL is the base address, without a slash at its end.
	URL string

	server *http.Server
	done   chan struct{}
}

// Listen serves h at an address of this machine; "" means a free port on loopback.
func Listen(addr string, h http.Handler) (*Listener, error) {
	if addr == "" {
		addr = "127.0.0.1:0"
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, err
	}
	s := &Listener{
		URL:    "http://" + l.Addr().String(),
		server: &http.Server{Handler: h, ReadHeaderTimeout: time.Minute, MaxHeaderBytes: 1 << 20},
		done:   make(chan struct{}),
	}
	go func() {
		defer close(s.done)
		_ = s.server.Serve(l) // ends with ErrServerClosed
	}()
	return s, nil
}

// Shutdown stops listening and waits for running requests until ctx ends; what
// still runs then is cut off.
func (s *Listener) Shutdown(ctx context.Context) error {
	err := s.server.Shutdown(ctx)
	if err != nil {
		_ = s.server.Close()
	}
	<-s.done
	return err
}

// Close stops at once, cutting off running requests.
func (s *Listener) Close() error {
	err := s.server.Close()
	<-s.done
	return err
}

// WriteJSON answers with a status and a JSON body.
func WriteJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json;charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the client has gone: nobody to tell
}

// ReadJSON reads a body of 10 MiB at most; numbers within any become json.Number.
func ReadJSON(w http.ResponseWriter, r *http.Request, into any) error {
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, 10<<20))
	d.UseNumber()
	return d.Decode(into)
}

// Nest puts a value into an object under a name whose dots lead into objects within:
// "address.city" is the member city of the member address.
func Nest(object map[string]any, name string, value any) {
	for {
		outer, inner, nested := strings.Cut(name, ".")
		if !nested {
			object[name] = value
			return
		}
		next, _ := object[outer].(map[string]any)
		if next == nil {
			next = map[string]any{}
			object[outer] = next
		}
		object, name = next, inner
	}
}

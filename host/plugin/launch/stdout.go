package launch

import (
	"bytes"
	"io"
	"os"
	"sync"
)

// maxHandshake bounds the handshake line: an address and a certificate, about a kilobyte.
const maxHandshake = 16 << 10

// handshakeLine hands over the first line of a plugin's output, bounded, and swallows everything after it:
// go-plugin would stop reading at a long line, and the plugin would block on its next one.
type handshakeLine struct {
	from *os.File

	mu   sync.Mutex
	line []byte
	full bool // the line is complete, or too long
}

func (h *handshakeLine) Read(to []byte) (int, error) {
	for {
		n, err := h.from.Read(to)
		h.mu.Lock()
		swallow := h.full
		if !swallow {
			n = h.keep(to[:n])
		}
		h.mu.Unlock()
		if err != nil {
			return 0, io.EOF
		}
		if !swallow && n > 0 {
			return n, nil
		}
	}
}

// keep remembers the bytes that belong to the line and answers how many they are.
func (h *handshakeLine) keep(b []byte) int {
	if i := bytes.IndexByte(b, '\n'); i >= 0 {
		b, h.full = b[:i+1], true
	}
	if room := maxHandshake - len(h.line); len(b) > room {
		b, h.full = append(b[:max(room-1, 0)], '\n'), true
	}
	h.line = append(h.line, b...)
	return len(b)
}

// String is what has been read of the line.
func (h *handshakeLine) String() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return string(bytes.TrimSpace(h.line))
}

// Close is for go-plugin; the pipe is closed when the process ends.
func (h *handshakeLine) Close() error { return nil }

package launch

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/hashicorp/go-hclog"

	"github.com/taxonhq/taxon/host/crm"
)

const (
	maxLine   = 8 << 10 // bytes of a line that are looked at
	lineBurst = 200     // lines that may come at once
	lineRate  = 20      // lines a second from then on
)

// lineLog logs what a plugin writes on its standard error, line by line. The lines are data: clipped, cleaned
// of control characters, logged as a value and never as a message, and at most lineRate a second.
type lineLog struct {
	log   hclog.Logger
	clock crm.Clock

	partial []byte // of write, which has one caller: a line without its end

	mu      sync.Mutex
	last    string // the last line that was logged
	tokens  float64
	at      time.Time // when tokens was right
	dropped int
}

func newLineLog(spec Spec) *lineLog {
	return &lineLog{log: spec.Log.With("plugin", spec.ID), clock: spec.Clock, tokens: lineBurst, at: spec.Clock.Now()}
}

// copy logs all lines until the pipe ends or is closed.
func (l *lineLog) copy(from io.Reader) {
	lines := bufio.NewReaderSize(from, maxLine)
	skip := false // inside a line that was too long
	for {
		line, more, err := lines.ReadLine()
		if err != nil {
			return
		}
		if !skip {
			l.line(line)
		}
		skip = more
	}
}

// write logs the lines of a piece of output.
func (l *lineLog) write(data []byte) {
	for complete := true; complete; {
		var line []byte
		line, data, complete = bytes.Cut(data, []byte{'\n'})
		line = line[:min(len(line), maxLine-len(l.partial))]
		l.partial = append(l.partial, line...)
		if complete {
			l.line(l.partial)
			l.partial = l.partial[:0]
		}
	}
}

func (l *lineLog) line(raw []byte) {
	l.mu.Lock()
	allowed, dropped := l.allow()
	l.mu.Unlock()
	if !allowed {
		return
	}
	level, text, args := parse(raw)
	l.mu.Lock()
	l.last = text
	l.mu.Unlock()
	if dropped > 0 {
		l.log.Warn("lines of a plugin were dropped: there were too many", "lines", dropped)
	}
	if text != "" {
		l.log.Log(level, "a plugin says", append([]any{"text", text}, args...)...)
	}
}

// allow takes a token, and answers how many lines were dropped before when lines are allowed again.
func (l *lineLog) allow() (bool, int) {
	now := l.clock.Now()
	l.tokens = min(lineBurst, l.tokens+lineRate*max(0, now.Sub(l.at).Seconds()))
	l.at = now
	if l.tokens < 1 {
		l.dropped++
		return false, 0
	}
	l.tokens--
	dropped := l.dropped
	l.dropped = 0
	return true, dropped
}

// lastWords is the last line, for the message of a failed start.
func (l *lineLog) lastWords() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.last == "" {
		return ""
	}
	return "; its last words: " + strconv.Quote(clip(l.last, 200))
}

// parse reads a line of hclog's JSON form. Anything else, also JSON with other types, is plain text.
func parse(raw []byte) (hclog.Level, string, []any) {
	var head struct {
		Level   string `json:"@level"`
		Message string `json:"@message"`
	}
	if json.Unmarshal(raw, &head) != nil || head.Message == "" {
		return hclog.Info, clip(string(raw), 1000), nil
	}
	level := hclog.LevelFromString(head.Level)
	if level == hclog.NoLevel || level == hclog.Off {
		level = hclog.Info
	}
	return level, clip(head.Message, 1000), arguments(raw)
}

// maxArguments bounds how many arguments of a line are kept.
const maxArguments = 12

// arguments are the line's own keys and their scalar values, as one text.
func arguments(raw []byte) []any {
	var all map[string]any
	if json.Unmarshal(raw, &all) != nil {
		return nil
	}
	var pairs []string
	for key, value := range all {
		switch value.(type) {
		case string, float64, bool:
			if !strings.HasPrefix(key, "@") {
				pairs = append(pairs, clip(key, 40)+"="+strconv.Quote(clip(fmt.Sprint(value), 200)))
			}
		}
	}
	if len(pairs) == 0 {
		return nil
	}
	slices.Sort(pairs)
	return []any{"arguments", strings.Join(pairs[:min(len(pairs), maxArguments)], " ")}
}

// clip makes a text of a plugin fit to be shown: no control characters, valid UTF-8, at most n bytes.
func clip(s string, n int) string {
	s = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, strings.TrimSpace(s[:min(len(s), maxLine)]))
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}

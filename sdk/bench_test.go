//go:build linux

package sdk

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/taxonhq/taxon/sdk/protocol"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
	"github.com/taxonhq/taxon/sdk/protocol/column"
)

// The test's own executable is the plugin of the benchmark.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == "benchmark-plugin" {
		Serve(scorer())
	}
	os.Exit(m.Run())
}

// measures is a customer with twelve measures, as in the study that set the goal.
type measures struct {
	Last     Optional[time.Time] `crm:"last(deals.closed_at) where won" purpose:"bench"`
	First    Optional[time.Time] `crm:"first(deals.closed_at) where won" purpose:"bench"`
	Count    int64               `crm:"count(deals) where won" purpose:"bench"`
	Open     int64               `crm:"count(deals) where open" purpose:"bench"`
	Lost     int64               `crm:"count(deals) where lost" purpose:"bench"`
	Days     int64               `crm:"distinct(deals.closed_at) where won" purpose:"bench"`
	Amount   Amount              `crm:"sum(deals.amount) where won" purpose:"bench"`
	Year     Amount              `crm:"sum(deals.amount) where won within 365d" purpose:"bench"`
	Largest  Optional[Amount]    `crm:"max(deals.amount) where won" purpose:"bench"`
	Smallest Optional[Amount]    `crm:"min(deals.amount) where won" purpose:"bench"`
	Mean     Optional[Amount]    `crm:"mean(deals.amount) where won" purpose:"bench"`
	Score    Optional[float64]   `crm:"mean(activities.score)" purpose:"bench"`
}

func scorer() Plugin {
	return Pointwise[struct{}, measures]{
		Info:     Info{ID: "bench.scorer", Version: "1.0.0", Summary: "Scores"},
		Tags:     []Tag{Class("", Option{Code: "a"}, Option{Code: "b"}, Option{Code: "c"}), Score("score")},
		Reasons:  []Reason{{Code: "why", Text: Text{En: "{days} {n} {amount}"}, Args: []Arg{{Name: "days", Type: Integer}, {Name: "n", Type: Integer}, {Name: "amount", Type: Money}}}},
		Classify: score,
	}
}

// score is the function that is dispatched, as its author wrote it.
func score(run Run, _ struct{}, m measures) Verdict {
	days, class := run.DaysSince(m.Last.Value), "c"
	switch {
	case days < 90 && m.Count > 4:
		class = "a"
	case m.Year > 5000_00:
		class = "b"
	}
	v := Set("", class).Set("score", float64(m.Amount)/100-float64(days)*3+m.Score.Or(5))
	if run.Explain {
		v = v.Because("why", days, m.Count, m.Amount)
	}
	return v
}

const (
	benchBatch   = 1000 // customers in a batch
	benchBatches = 300
	benchDeals   = 10 // of a customer
)

var benchRun = Run{AsOf: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), Day: 20454, Zone: time.UTC, Currency: "USD", CurrencyDigits: 2}

// benchDeal is a deal as a host has it in memory: when it was closed, what it was worth, won, lost or open.
type benchDeal struct {
	at, amount int64
	state      byte
}

// benchBase is a base that no cache holds, in customer order as a host reads it.
func benchBase() (deals [][benchDeals]benchDeal, keys []byte) {
	r := rand.New(rand.NewPCG(1, 1))
	deals = make([][benchDeals]benchDeal, benchBatch*benchBatches)
	for i := range deals {
		for j := range deals[i] {
			deals[i][j] = benchDeal{at: benchRun.AsOf.UnixMicro() - 1 - r.Int64N(700*86_400_000_000), amount: r.Int64N(900_000), state: "wwwlo"[r.IntN(5)]}
		}
	}
	return deals, make([]byte, protocol.KeyBytes*benchBatch)
}

// measure is what a host does before anything is dispatched, and what a program without plugins does too.
func measure(deals *[benchDeals]benchDeal) (m measures) {
	year := benchRun.AsOf.UnixMicro() - 365*86_400_000_000
	var first, last, day int64
	for i := range deals {
		d := &deals[i]
		switch d.state {
		case 'o':
			m.Open++
			continue
		case 'l':
			m.Lost++
			continue
		}
		if m.Count == 0 || d.at < first {
			first = d.at
		}
		if m.Count == 0 || d.at > last {
			last = d.at
		}
		if m.Count++; d.at/86_400_000_000 != day {
			day = d.at / 86_400_000_000
			m.Days++
		}
		m.Amount += Amount(d.amount)
		if d.at >= year {
			m.Year += Amount(d.amount)
		}
		if !m.Largest.OK || Amount(d.amount) > m.Largest.Value {
			m.Largest = Some(Amount(d.amount))
		}
		if !m.Smallest.OK || Amount(d.amount) < m.Smallest.Value {
			m.Smallest = Some(Amount(d.amount))
		}
	}
	m.First, m.Last = Some(time.UnixMicro(first)), Some(time.UnixMicro(last))
	m.Mean, m.Score = Some(m.Amount/Amount(max(m.Count, 1))), Some(float64(m.Count))
	return m
}

// floor calls the same function in one loop of one process and keeps what it says of the last customers.
func floor(deals [][benchDeals]benchDeal, explain bool) (sum float64) {
	run := benchRun
	run.Explain = explain
	kept := make([]Verdict, benchBatch)
	for i := range deals {
		v := &kept[i%benchBatch]
		*v = score(run, struct{}{}, measure(&deals[i]))
		sum += math.Float64frombits(v.tags[1].value.bits)
	}
	return sum
}

// BenchmarkDispatch compares the processor time of host and plugin together, a real process over go-plugin with
// AutoMTLS, with the same work in one loop: twelve measures from ten deals (which is the host's part in both),
// then the author's function. The goal of the design is a ratio of 3.5.
func BenchmarkDispatch(b *testing.B) {
	deals, keys := benchBase()
	for _, explain := range []bool{false, true} {
		b.Run(map[bool]string{false: "tags", true: "explained"}[explain], func(b *testing.B) {
			var inProcess, host, child time.Duration
			for b.Loop() {
				before := ownTime(b)
				checksum := floor(deals, explain)
				inProcess += ownTime(b) - before
				service, pid, stop := benchProcess(b)
				hostBefore, childBefore := ownTime(b), processTime(b, pid)
				if got := dispatch(b, service, deals, keys, explain); got != checksum {
					b.Fatalf("the checksum is %v, not %v", got, checksum)
				}
				host += ownTime(b) - hostBefore
				child += processTime(b, pid) - childBefore
				stop()
			}
			per := func(d time.Duration) float64 {
				return float64(d.Nanoseconds()) / benchBatches / benchBatch / float64(b.N)
			}
			b.ReportMetric(per(inProcess), "floor-ns/customer")
			b.ReportMetric(per(host), "host-ns/customer")
			b.ReportMetric(per(child), "plugin-ns/customer")
			b.ReportMetric(per(host+child)/per(inProcess), "ratio")
			b.ReportMetric(0, "ns/op") // wall time of a shared machine says nothing
		})
	}
}

// benchProcess starts the plugin as a host does.
func benchProcess(b *testing.B) (service pb.ClassifierServiceClient, pid int, stop func()) {
	b.Helper()
	path, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	cmd := exec.Command(path, "benchmark-plugin")
	cmd.Env = []string{protocol.CookieKey + "=" + protocol.CookieValue}
	client := plugin.NewClient(&plugin.ClientConfig{
		HandshakeConfig:  plugin.HandshakeConfig{MagicCookieKey: protocol.CookieKey, MagicCookieValue: protocol.CookieValue},
		VersionedPlugins: map[int]plugin.PluginSet{protocol.Version: {protocol.PluginName: Served(nil)}},
		AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC}, Cmd: cmd, SkipHostEnv: true, AutoMTLS: true,
		Logger: hclog.NewNullLogger(), StartTimeout: time.Minute,
		GRPCDialOptions: []grpc.DialOption{grpc.WithReadBufferSize(protocol.BufferBytes), grpc.WithWriteBufferSize(protocol.BufferBytes),
			grpc.WithInitialWindowSize(protocol.StreamWindow), grpc.WithInitialConnWindowSize(protocol.ConnectionWindow)},
	})
	conn, err := client.Client()
	if err != nil {
		b.Fatal(err)
	}
	raw, err := conn.Dispense(protocol.PluginName)
	if err != nil {
		b.Fatal(err)
	}
	service = raw.(pb.ClassifierServiceClient)
	if _, err := service.Configure(b.Context(), &pb.ConfigureRequest{Instance: "bench", AsOf: timestamppb.New(benchRun.AsOf), TimeZone: "UTC", Currency: "USD", CurrencyDigits: 2}); err != nil {
		b.Fatal(err)
	}
	return service, cmd.Process.Pid, client.Kill
}

// dispatch measures, sends with the protocol's credit, and adds up the scores that come back.
func dispatch(b *testing.B, service pb.ClassifierServiceClient, deals [][benchDeals]benchDeal, keys []byte, explain bool) (sum float64) {
	b.Helper()
	s, err := service.Classify(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	if err := s.Send(&pb.ClassifyRequest{Part: &pb.ClassifyRequest_Header{Header: &pb.ClassifyHeader{Instance: "bench", Explain: explain}}}); err != nil {
		b.Fatal(err)
	}
	var classes, scores, days column.Reader
	receive := func() {
		a, err := s.Recv()
		if err == nil {
			err = errors.Join(classes.Reset(a.GetTags()[0], column.Text, false, benchBatch), scores.Reset(a.GetTags()[1], column.Number, false, benchBatch))
		}
		if err == nil && explain {
			err = days.Reset(a.GetReasons()[0].GetArguments()[0], column.Integer, false, benchBatch)
		}
		if err != nil {
			b.Fatal(err)
		}
		for i := range benchBatch {
			sum += scores.Float(i)
		}
	}
	kinds := []pb.ValueType{column.Time, column.Time, column.Integer, column.Integer, column.Integer, column.Integer, column.Amount, column.Amount, column.Amount, column.Amount, column.Amount}
	ints, floats := make([][]int64, len(kinds)), make([]float64, benchBatch)
	for c := range ints {
		ints[c] = make([]int64, benchBatch)
	}
	for n := range benchBatches {
		if n >= protocol.Credit {
			receive()
		}
		for i := range benchBatch {
			m := measure(&deals[n*benchBatch+i])
			for c, v := range [...]int64{m.Last.Value.UnixMicro(), m.First.Value.UnixMicro(), m.Count, m.Open, m.Lost, m.Days, int64(m.Amount), int64(m.Year),
				int64(m.Largest.Value), int64(m.Smallest.Value), int64(m.Mean.Value)} {
				ints[c][i] = v
			}
			floats[i] = m.Score.Value
		}
		batch := &pb.CustomerBatch{Sequence: uint64(n), Keys: keys}
		for c, kind := range kinds {
			batch.Columns = append(batch.Columns, column.FromInts(kind, ints[c], nil))
		}
		batch.Columns = append(batch.Columns, column.FromFloats(floats, nil))
		if err := s.Send(&pb.ClassifyRequest{Part: &pb.ClassifyRequest_Batch{Batch: batch}}); err != nil {
			b.Fatal(err)
		}
	}
	for range protocol.Credit {
		receive()
	}
	return sum
}

// ownTime is the processor time of this process.
func ownTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// processTime is the processor time of another process, which /proc gives in ticks of 10 ms.
func processTime(b *testing.B, pid int) time.Duration {
	b.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		b.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), ") ") // the name in parentheses is ours and has no such thing in it
	fields := strings.Fields(rest)
	user, err1 := strconv.ParseInt(fields[11], 10, 64)
	system, err2 := strconv.ParseInt(fields[12], 10, 64)
	if err := errors.Join(err1, err2); err != nil {
		b.Fatal(err)
	}
	return time.Duration(user+system) * 10 * time.Millisecond
}

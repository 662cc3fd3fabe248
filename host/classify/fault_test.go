package classify

import (
	"bytes"
	"context"
	"errors"
	"io"
	"maps"
	"os"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/plugin/client"
	"github.com/taxonhq/taxon/sdk"
	"github.com/taxonhq/taxon/sdk/protocol"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
	"github.com/taxonhq/taxon/sdk/protocol/column"
)

// dying is a plugin that dies at the n-th batch of a stream.
type dying struct {
	client.Plugin
	in   string // "summarize" or "classify"
	left int
	die  func()
}

func (d *dying) dying(next func() (*pb.CustomerBatch, error)) func() (*pb.CustomerBatch, error) {
	return func() (*pb.CustomerBatch, error) {
		if d.left--; d.left == 0 {
			d.die()
		}
		return next()
	}
}

func (d *dying) Summarize(ctx context.Context, instance string, pass uint32, model []byte, next func() (*pb.CustomerBatch, error)) ([]byte, error) {
	if d.in == "summarize" {
		next = d.dying(next)
	}
	return d.Plugin.Summarize(ctx, instance, pass, model, next)
}

func (d *dying) Classify(ctx context.Context, instance string, model []byte, explain bool, next func() (*pb.CustomerBatch, error), each func(*pb.CustomerBatch, *pb.ClassifyResponse) error) error {
	if d.in == "classify" {
		next = d.dying(next)
	}
	return d.Plugin.Classify(ctx, instance, model, explain, next, each)
}

func TestAPluginThatDiesLeavesWhatItHadAndTheOthersFinish(t *testing.T) {
	for _, in := range []string{"summarize", "classify"} {
		w := newWorld(t, map[string]sdk.Plugin{"echo": echo("*"), "loyal": loyal(), "ranked": ranked()},
			Classifier{Name: "after", Plugin: "echo", Config: reads("tags.ranked", "country"), Grants: []string{"*"}},
			Classifier{Name: "loyal", Plugin: "loyal"}, Classifier{Name: "ranked", Plugin: "ranked"})
		w.in.batch = 10
		w.companies(60)
		w.ok()
		before, model := w.tags("ranked"), w.row("ranked", "c0009").Model
		w.apply(crm.Deal, []crm.Record{deal(t, "new", "c0002", 1_000_000_000, "EUR", crm.Won, "2026-05-05")})
		w.in.AsOf++
		w.plugins.wrap = func(ref string, p client.Plugin) client.Plugin {
			if ref != "ranked" {
				return p
			}
			return &dying{Plugin: p, in: in, left: 2, die: func() {
				w.plugins.served[ref].stop()
				delete(w.plugins.served, ref)
			}}
		}
		r := w.run()
		wantError(t, r.Outcome("ranked").Error, crm.CodePlugin, "ranked")
		wantError(t, r.Outcome("after").Error, crm.CodePlugin, "it reads the tags of ranked, which failed")
		if !maps.Equal(w.tags("ranked"), before) || w.row("ranked", "c0009").Model != model {
			t.Error("half of a classification is stored")
		}
		if o := r.Outcome("loyal"); o.Error != nil || !o.Everybody {
			t.Errorf("%+v", o)
		}
		w.wantTag("loyal", "c0002", "loyal")
		w.plugins.wrap = nil
		if r := w.ok(); !r.Outcome("ranked").Everybody || r.Outcome("loyal").PluginCalls != 0 {
			t.Errorf("the next run repeats %+v", r.Outcome("loyal"))
		}
		w.wantTag("ranked", "c0002", "above")
		w.wantTag("after", "c0002", "above|China")
	}
}

// liar is a plugin that answers nonsense.
type liar struct {
	pb.ClassifierServiceServer
	lie func(*pb.ClassifyResponse)
}

type lyingStream struct {
	grpc.BidiStreamingServer[pb.ClassifyRequest, pb.ClassifyResponse]
	lie func(*pb.ClassifyResponse)
}

func (s lyingStream) Send(r *pb.ClassifyResponse) error {
	r = proto.Clone(r).(*pb.ClassifyResponse)
	s.lie(r)
	return s.BidiStreamingServer.Send(r)
}

func (l liar) Classify(stream grpc.BidiStreamingServer[pb.ClassifyRequest, pb.ClassifyResponse]) error {
	return l.ClassifierServiceServer.Classify(lyingStream{stream, l.lie})
}

func TestGarbageIsRefusedAndNothingIsStored(t *testing.T) {
	for name, lie := range map[string]func(*pb.ClassifyResponse){
		"another sequence": func(r *pb.ClassifyResponse) { r.Sequence += 7 },
		"no tags":          func(r *pb.ClassifyResponse) { r.Tags = nil },
		"an unknown code": func(r *pb.ClassifyResponse) {
			b := column.NewBuilder(column.Text, false)
			for range 10 {
				b.Text("traitor")
			}
			r.Tags[0] = b.Column()
		},
		"a short column":     func(r *pb.ClassifyResponse) { r.Tags[1].Fixed = r.Tags[1].Fixed[:8] },
		"another type":       func(r *pb.ClassifyResponse) { r.Tags[1].Type = column.Number },
		"an unknown reason":  func(r *pb.ClassifyResponse) { r.Reasons[0].Definition = 9 },
		"a stranger":         func(r *pb.ClassifyResponse) { r.Reasons[0].Customers[0] = 999 },
		"a strange problem":  func(r *pb.ClassifyResponse) { r.Problems = []*pb.Problem{{Customer: 4711, Code: "x"}} },
		"a problem and tags": func(r *pb.ClassifyResponse) { r.Problems = []*pb.Problem{{Customer: 1, Code: "x"}} },
	} {
		t.Run(name, func(t *testing.T) {
			w := both(t)
			w.companies(10)
			server, err := sdk.NewServer(loyal())
			if err != nil {
				t.Fatal(err)
			}
			w.plugins.served = map[string]*served{"loyal": serveOver(sdk.Manifest(loyal()), liar{server, lie})}
			r := w.run()
			wantError(t, r.Outcome("loyal").Error, crm.CodeProtocol, "loyal")
			if n := len(w.tags("loyal")); n != 0 {
				t.Errorf("%d rows of a liar are stored", n)
			}
			if r.Outcome("ranked").Error != nil || len(w.tags("ranked")) != 10 {
				t.Error("the other classifier did not finish")
			}
		})
	}
}

// fullDisk is a disk with room for so many bytes.
type fullDisk struct {
	disk
	room int
}

func (f *fullDisk) WriteAt(p []byte, at int64) (int, error) {
	if int(at)+len(p) > f.room {
		return 0, &os.PathError{Op: "write", Path: "/secret/place", Err: errors.New("no space left on device")}
	}
	return f.disk.WriteAt(p, at)
}

func TestAFullDiskIsAnErrorWithAdvice(t *testing.T) {
	s, err := newSpool(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	s.file = &fullDisk{s.file, 10}
	if _, err := s.write([]byte("12345")); err != nil {
		t.Fatal(err)
	}
	_, err = s.write([]byte("1234567"))
	var e *crm.Error
	if !errors.As(err, &e) {
		t.Fatal(err)
	}
	wantError(t, e, crm.CodeUnavailable, "no space left on device", "TMPDIR")
	if bytes.Contains([]byte(e.Error()), []byte("secret")) {
		t.Error("the message names a path of this machine")
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	w := both(t)
	w.companies(3)
	w.in.SpoolDir += "/nowhere"
	if _, err := Run(t.Context(), w.in); crm.CodeOf(err) != crm.CodeUnavailable {
		t.Error(err)
	}
}

func TestTheSpoolCanBeOpenedByNobodyElseAndLeavesNothing(t *testing.T) {
	w := both(t)
	w.companies(10)
	looks := 0
	w.in.Progress = func(Progress) {
		if entries, err := os.ReadDir(w.in.SpoolDir); err != nil || len(entries) != 0 {
			t.Errorf("%v %v", entries, err)
		}
		looks++
	}
	w.ok()
	if looks == 0 {
		t.Error("nobody looked")
	}
}

// A run that ends at any moment leaves a store from which the next one goes on to the same end.
func TestARunThatIsStoppedAnywhereIsCompletedByTheNext(t *testing.T) {
	whole := both(t)
	whole.companies(40)
	whole.ok()
	for _, stage := range []string{"measure", "fit", "classify", "save"} {
		w := both(t)
		w.in.batch = 10
		w.companies(40)
		ctx, cancel := context.WithCancel(t.Context())
		steps := 0
		w.in.Progress = func(p Progress) {
			if p.Stage != stage {
				return
			}
			if steps++; steps == 2 {
				cancel()
			}
		}
		if _, err := Run(ctx, w.in); !errors.Is(err, context.Canceled) {
			t.Errorf("stopped while it is at %s: %v", stage, err)
		}
		w.in.Progress = nil
		r := w.ok()
		for _, name := range []string{"loyal", "ranked"} {
			if !maps.Equal(w.tags(name), whole.tags(name)) {
				t.Errorf("stopped at %s: the next run gives %s other tags", stage, name)
			}
			total := 0
			for _, n := range r.Outcome(name).Classes {
				total += n
			}
			if total != 40 {
				t.Errorf("stopped at %s: %d customers of %s are counted", stage, total, name)
			}
		}
		if r := w.ok(); r.PluginCalls != 0 {
			t.Errorf("stopped at %s: it does not come to rest", stage)
		}
		cancel()
	}
}

func TestACustomerTooLargeForAMessageIsUnclassified(t *testing.T) {
	w := newWorld(t, map[string]sdk.Plugin{"echo": echo("country")}, Classifier{Name: "echo", Plugin: "echo", Config: reads("country")})
	big := string(bytes.Repeat([]byte("x"), protocol.MaxMessage/2+1))
	w.apply(crm.Company, []crm.Record{company("1", map[string]crm.Value{"country": crm.TextValue(big)}), company("2", map[string]crm.Value{"country": crm.TextValue("Kenya")})})
	o := w.ok().Outcome("echo")
	w.wantTag("echo", "2", "Kenya")
	w.wantTag("echo", "1", "")
	w.wantReason("echo", "1", "The data of this customer are too large: echo.")
	if o.Sent != 1 || o.Unclassified[reasonTooLarge] != 1 {
		t.Errorf("%+v", o)
	}
}

func TestReadsThatDependOnTheDayAreRefused(t *testing.T) {
	p := sdk.Pointwise[none, sdk.Row]{
		Info:  sdk.Info{ID: "fickle", Version: "1.0.0", Summary: "Reads another field each day", License: "Apache-2.0"},
		Tags:  []sdk.Tag{sdk.TextTag("")},
		Reads: []sdk.Read{{Path: "country", Type: sdk.String, Purpose: "For the test."}, {Path: "city", Type: sdk.String, Purpose: "For the test."}},
		Configure: func(run sdk.Run, _ none, _ sdk.Catalogue) (sdk.Effective, sdk.Diagnostics) {
			return sdk.Effective{Reads: []sdk.Read{{Path: []string{"country", "city"}[int(run.Day)%2], Type: sdk.String, Purpose: "For the test."}}}, nil
		},
		Classify: func(_ sdk.Run, _ none, r sdk.Row) sdk.Verdict { return sdk.Set("", "x") },
	}
	w := newWorld(t, map[string]sdk.Plugin{"fickle": p}, Classifier{Name: "fickle", Plugin: "fickle"})
	w.companies(2)
	w.ok()
	w.in.AsOf++
	wantError(t, w.run().Outcome("fickle").Error, crm.CodeProtocol, "other reads or tags than before")
}

func TestSectionsOfASpoolComeBack(t *testing.T) {
	s, err := newSpool(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	texts := [][]byte{[]byte("a"), nil, []byte("客户"), bytes.Repeat([]byte("x"), 100_000)}
	at, err := s.writeTexts(texts)
	if err != nil {
		t.Fatal(err)
	}
	back, err := s.readTexts(at)
	if err != nil || len(back) != len(texts) {
		t.Fatal(len(back), err)
	}
	for i := range texts {
		if back[i] != string(texts[i]) {
			t.Errorf("text %d", i)
		}
	}
	at.size -= 3
	if _, err := s.readTexts(at); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Error("a damaged spool goes unnoticed")
	}
}

// Package plot draws pictures of a classification: the sizes of its classes and what they are worth, and beside it what suits
// the classifier, a curve of concentration, a grid of two scores, the profile of the classes or the spread of a number.
//
// It knows nothing of classifiers and files: it is given numbers and words, and writes a PNG. The only user of gonum's plot.
// Invariant: the same picture gives the same bytes.
package plot

import (
	"fmt"
	"image/color"
	"io"
	"math"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"

	"github.com/taxonhq/taxon/host/evaluate"
)

// Picture is what is drawn. Words are in Latin letters: the fonts have no others. At most one of Curve, Grid, Profile and Spread
// is drawn beside the classes.
type Picture struct {
	Title   string
	Value   string // what the classes are weighed by
	Classes []evaluate.Class
	Labels  map[string]string // of the codes

	Curve      []evaluate.Point // cumulative value, the best first
	CurveTitle string
	Marks      []Mark // on the curve

	Grid    *Grid
	Profile *Profile
	Spread  *Spread
}

// Mark is a named place on a curve: what share of the customers lies before it.
type Mark struct {
	Customers float64
	Name      string
}

// Grid counts customers by two scores from 1 on.
type Grid struct {
	X, Y   string  // names
	Counts [][]int // by y, then x
}

// Profile says how many of its own spreads a feature of a class lies off that of everybody; NaN: no more than chance.
type Profile struct {
	Classes, Features []string
	Effects           [][]float64 // by class, then feature
}

// Spread is the values of a number.
type Spread struct {
	Name   string
	Values []float64
}

// Size of a picture, in pixels of 96 to the inch.
const (
	width  = 12 * vg.Inch
	height = 5 * vg.Inch
)

var (
	ink    = color.RGBA{0x33, 0x38, 0x3e, 0xff}
	soft   = color.RGBA{0xdd, 0xe1, 0xe6, 0xff}
	people = color.RGBA{0x9a, 0xb2, 0xc8, 0xff}
	worth  = color.RGBA{0x1f, 0x5a, 0x8c, 0xff}
	warm   = color.RGBA{0xb3, 0x4a, 0x3c, 0xff}
)

// Draw writes a picture as PNG.
func Draw(w io.Writer, p *Picture) error {
	img := vgimg.NewWith(vgimg.UseWH(width, height), vgimg.UseDPI(96))
	canvas := draw.New(img)
	canvas.SetColor(color.White)
	canvas.Fill(canvas.Rectangle.Path())
	title := text.Style{Color: ink, Font: font.Font{Typeface: "Liberation", Variant: "Sans", Size: vg.Points(14)}, Handler: plot.DefaultTextHandler}
	canvas.FillText(title, vg.Point{X: vg.Points(12), Y: height - vg.Points(22)}, p.Title)
	body := draw.Crop(canvas, vg.Points(8), -vg.Points(12), vg.Points(8), -vg.Points(32))

	left := classes(p)
	right, err := detail(p)
	if err != nil {
		return err
	}
	if right == nil {
		left.Draw(body)
	} else {
		middle := body.Max.X * 0.46
		left.Draw(draw.Crop(body, 0, middle-body.Max.X, 0, 0))
		right.Draw(draw.Crop(body, middle+vg.Points(16)-body.Min.X, 0, 0, 0))
	}
	_, err = vgimg.PngCanvas{Canvas: img}.WriteTo(w)
	return err
}

// panel is an empty plot in our style.
func panel(title string) *plot.Plot {
	p := plot.New()
	p.Title.Text = title
	for _, s := range []*text.Style{&p.Title.TextStyle, &p.X.Label.TextStyle, &p.Y.Label.TextStyle, &p.X.Tick.Label, &p.Y.Tick.Label, &p.Legend.TextStyle} {
		s.Font.Variant, s.Color = "Sans", ink
	}
	p.Title.TextStyle.Font.Size = vg.Points(11)
	p.Title.Padding = vg.Points(6)
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		a.Label.TextStyle.Font.Size, a.Tick.Label.Font.Size = vg.Points(10), vg.Points(9)
		a.LineStyle.Color, a.Tick.LineStyle.Color = soft, soft
		a.Padding = 0
	}
	p.Legend.TextStyle.Font.Size = vg.Points(9)
	p.BackgroundColor = color.White
	return p
}

// mostClasses is the number of classes that a picture has room for.
const mostClasses = 14

// classes draws two bars for each class: its share of the customers, and of the value.
func classes(p *Picture) *plot.Plot {
	list := p.Classes[:min(len(p.Classes), mostClasses)]
	pl := panel("Share of customers and of " + p.Value)
	n := len(list)
	if n == 0 {
		pl.HideAxes()
		return pl
	}
	size := vg.Points(min(26, 250/float64(n)*0.4))
	customers, value := make(plotter.Values, n), make(plotter.Values, n)
	names := make([]string, n)
	for i, c := range list {
		at := n - 1 - i // the first on top
		customers[at], value[at] = 100*c.Share, 100*c.ValueShare
		names[at] = name(c.Code, p.Labels)
	}
	bars := func(v plotter.Values, offset vg.Length, c color.Color, legend string) {
		b, err := plotter.NewBarChart(v, size)
		if err != nil { // a share is not finite
			return
		}
		b.Horizontal, b.Color, b.Offset, b.LineStyle.Width = true, c, offset, 0
		pl.Add(b)
		pl.Legend.Add(legend, b)
	}
	grid := plotter.NewGrid()
	grid.Horizontal.Width, grid.Vertical.Color = 0, soft
	pl.Add(grid)
	bars(customers, size/2, people, "customers")
	bars(value, -size/2, worth, p.Value)
	pl.NominalY(names...)
	pl.X.Label.Text = "per cent"
	pl.X.Min = math.Min(0, pl.X.Min)
	pl.X.Tick.Marker = whole{}
	if max(customers[0], value[0]) > 0.7*pl.X.Max { // room for the legend beside the last class
		pl.X.Max *= 1.35
	}
	pl.Legend.Padding, pl.Legend.YOffs = vg.Points(2), vg.Points(6)
	return pl
}

// whole are gonum's ticks, written without digits that say nothing.
type whole struct{}

func (whole) Ticks(low, high float64) []plot.Tick {
	ticks := plot.DefaultTicks{}.Ticks(low, high)
	for i := range ticks {
		if ticks[i].Label != "" {
			ticks[i].Label = strconv.FormatFloat(math.Round(ticks[i].Value*1e6)/1e6, 'f', -1, 64)
		}
	}
	return ticks
}

// name is a class as it is written beside its bars: its label, as far as the fonts have its letters.
func name(code string, labels map[string]string) string {
	switch label := labels[code]; {
	case code == "":
		return "(none)"
	case label == "" || !latin(label):
		return shorten(code)
	default:
		return shorten(label)
	}
}

func latin(s string) bool {
	for _, r := range s {
		if r > 0x24f && r != '–' && r != '’' {
			return false
		}
	}
	return true
}

func shorten(s string) string {
	const most = 40
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}

// detail is the panel on the right, nil when there is none.
func detail(p *Picture) (*plot.Plot, error) {
	switch {
	case p.Grid != nil:
		return grid(p.Grid)
	case p.Profile != nil:
		return profile(p.Profile)
	case len(p.Curve) > 0:
		return curve(p)
	case p.Spread != nil && len(p.Spread.Values) > 0:
		return spread(p.Spread)
	}
	return nil, nil
}

// curve draws the cumulative value over the customers, the best first.
func curve(p *Picture) (*plot.Plot, error) {
	pl := panel(p.CurveTitle)
	points := make(plotter.XYs, len(p.Curve))
	most := 100.0
	for i, c := range p.Curve {
		points[i] = plotter.XY{X: 100 * c.Customers, Y: 100 * c.Value}
		most = max(most, points[i].Y)
	}
	line, err := plotter.NewLine(points)
	if err != nil {
		return nil, err
	}
	line.Color, line.Width = worth, vg.Points(2)
	even, err := plotter.NewLine(plotter.XYs{{X: 0, Y: 0}, {X: 100, Y: 100}})
	if err != nil {
		return nil, err
	}
	even.Color, even.Dashes = people, []vg.Length{vg.Points(3), vg.Points(3)}
	back := plotter.NewGrid()
	back.Horizontal.Color, back.Vertical.Color = soft, soft
	pl.Add(back, even, line)
	var labels plotter.XYLabels
	for i, m := range p.Marks {
		at := 100 * m.Customers
		mark, err := plotter.NewLine(plotter.XYs{{X: at, Y: 0}, {X: at, Y: most * 1.05}})
		if err != nil {
			return nil, err
		}
		mark.Color, mark.Width = warm, vg.Points(1)
		pl.Add(mark)
		labels.XYs, labels.Labels = append(labels.XYs, plotter.XY{X: at - 0.8, Y: most * (0.03 + 0.05*float64(i%3))}), append(labels.Labels, m.Name)
	}
	if len(labels.XYs) > 0 {
		words, err := plotter.NewLabels(labels)
		if err != nil {
			return nil, err
		}
		for i := range words.TextStyle {
			style := &words.TextStyle[i]
			style.Color, style.Font.Size, style.Font.Variant, style.XAlign = warm, vg.Points(10), "Sans", text.XRight
			if words.XYs[i].X < 12 { // no room at the left
				words.XYs[i].X += 1.6
				style.XAlign = text.XLeft
			}
		}
		pl.Add(words)
	}
	pl.X.Label.Text, pl.Y.Label.Text = "per cent of the customers, the best first", "per cent of the total"
	pl.X.Min, pl.X.Max, pl.Y.Min, pl.Y.Max = 0, 100, 0, most*1.05
	pl.X.Tick.Marker, pl.Y.Tick.Marker = whole{}, whole{}
	return pl, nil
}

// spread draws how often values occur, in up to 30 bars.
func spread(s *Spread) (*plot.Plot, error) {
	pl := panel("Customers by " + s.Name)
	h, err := plotter.NewHist(plotter.Values(s.Values), 30)
	if err != nil {
		return nil, err
	}
	h.FillColor, h.LineStyle.Color, h.LineStyle.Width = worth, color.White, vg.Points(0.5)
	back := plotter.NewGrid()
	back.Vertical.Width, back.Horizontal.Color = 0, soft
	pl.Add(back, h)
	pl.X.Label.Text, pl.Y.Label.Text = s.Name, "customers"
	pl.Y.Min = 0
	pl.X.Tick.Marker, pl.Y.Tick.Marker = whole{}, whole{}
	return pl, nil
}

// cells writes small texts into the middles of cells.
func cells(pl *plot.Plot, at plotter.XYs, words []string, colours []color.Color) error {
	labels, err := plotter.NewLabels(plotter.XYLabels{XYs: at, Labels: words})
	if err != nil {
		return err
	}
	for i := range labels.TextStyle {
		s := &labels.TextStyle[i]
		s.XAlign, s.YAlign, s.Color, s.Font.Variant, s.Font.Size = text.XCenter, text.YCenter, colours[i], "Sans", vg.Points(9)
	}
	pl.Add(labels)
	return nil
}

// tiles draws a table of coloured cells with a word in each.
func tiles(pl *plot.Plot, columns, rows int, colour func(x, y int) color.Color, word func(x, y int) string) error {
	var at plotter.XYs
	var words []string
	var inks []color.Color
	for y := range rows {
		for x := range columns {
			c := colour(x, y)
			cx, cy := float64(x), float64(y)
			const half = 0.49
			square, err := plotter.NewPolygon(plotter.XYs{{X: cx - half, Y: cy - half}, {X: cx + half, Y: cy - half}, {X: cx + half, Y: cy + half}, {X: cx - half, Y: cy + half}})
			if err != nil {
				return err
			}
			square.Color, square.LineStyle.Width = c, 0
			pl.Add(square)
			at, words = append(at, plotter.XY{X: cx, Y: cy}), append(words, word(x, y))
			text := color.Color(ink)
			if dark(c) {
				text = color.White
			}
			inks = append(inks, text)
		}
	}
	pl.X.Min, pl.X.Max, pl.Y.Min, pl.Y.Max = -0.5, float64(columns)-0.5, -0.5, float64(rows)-0.5
	return cells(pl, at, words, inks)
}

func dark(c color.Color) bool {
	r, g, b, _ := c.RGBA()
	return 299*r+587*g+114*b < 1000*0x8c00
}

// shade is a colour between white and another.
func shade(to color.RGBA, share float64) color.Color {
	share = min(1, max(0, share))
	mix := func(c uint8) uint8 { return uint8(255 - share*float64(255-c) + 0.5) }
	return color.RGBA{mix(to.R), mix(to.G), mix(to.B), 0xff}
}

func grid(g *Grid) (*plot.Plot, error) {
	pl := panel("Customers by " + g.X + " and " + g.Y)
	most := 1
	for _, row := range g.Counts {
		for _, n := range row {
			most = max(most, n)
		}
	}
	columns := len(g.Counts[0])
	err := tiles(pl, columns, len(g.Counts), func(x, y int) color.Color {
		return shade(worth, 0.06+0.94*math.Sqrt(float64(g.Counts[y][x])/float64(most)))
	}, func(x, y int) string { return fmt.Sprint(g.Counts[y][x]) })
	pl.X.Label.Text, pl.Y.Label.Text = g.X+" (the highest is best)", g.Y
	pl.X.Tick.Marker, pl.Y.Tick.Marker = numbered(columns), numbered(len(g.Counts))
	return pl, err
}

// numbered are ticks 1, 2 … at 0, 1 …
type numbered int

func (n numbered) Ticks(float64, float64) []plot.Tick {
	ticks := make([]plot.Tick, n)
	for i := range ticks {
		ticks[i] = plot.Tick{Value: float64(i), Label: fmt.Sprint(i + 1)}
	}
	return ticks
}

func profile(p *Profile) (*plot.Plot, error) {
	pl := panel("Where each class lies off the average, in standard deviations of all")
	rows := len(p.Classes)
	err := tiles(pl, len(p.Features), rows, func(x, y int) color.Color {
		switch e := p.Effects[rows-1-y][x]; {
		case math.IsNaN(e):
			return shade(ink, 0.03)
		case e < 0:
			return shade(warm, -e/2)
		default:
			return shade(worth, e/2)
		}
	}, func(x, y int) string {
		if e := p.Effects[rows-1-y][x]; !math.IsNaN(e) {
			return fmt.Sprintf("%+.1f", e)
		}
		return "·"
	})
	names := make([]string, rows)
	for i, name := range p.Classes {
		names[rows-1-i] = shorten(name)
	}
	features := make([]string, len(p.Features))
	for i, name := range p.Features {
		features[i] = shorten(name)
	}
	pl.NominalX(features...)
	pl.NominalY(names...)
	pl.X.Tick.Label.Rotation = math.Pi / 7
	pl.X.Tick.Label.XAlign, pl.X.Tick.Label.YAlign = text.XRight, text.YTop
	pl.X.Padding, pl.Y.Padding = 0, 0
	return pl, err
}

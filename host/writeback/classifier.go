package writeback

import (
	"slices"

	"github.com/taxonhq/taxon/host/connector"
	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/plugin/client"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
)

// The parts that every classifier can write beside its code and its other tags.
const (
	PartReason       = "reason"        // why, in the account's language
	PartSince        = "since"         // as-of date from which the customer has this class
	PartClassifiedAt = "classified_at" // as-of date of the classification that the record shows
	PartHandling     = "handling"      // what is recommended for the class
)

// Classifier is what writing back needs to know of a configured classifier.
type Classifier struct {
	Name string
	// Label names its main field in the CRM; "" takes the label of the plugin's main tag.
	Label string
	// Tags are the effective definitions, after the fit. The main one is always written: that with key "", else the first class, else the first.
	Tags []*pb.TagDefinition
	// Words puts a tag row's reasons, as the store keeps them, into a sentence in the account's language.
	Words func(reasons []byte) (string, error)
	// Plugin and Config are the hashes of what classified, which the plan records.
	Plugin, Config string
	// Parts are the keys of further tags and the Part constants to write, each into a field of its own.
	Parts []string
	// WriteTo are the kinds of records that get the tags: the connection's subject, and for companies their contacts.
	WriteTo []crm.Kind
	Mode    Mode
	OnEdit  OnEdit
	// Guard is the share of customers whose value may change or be cleared in one plan: 0.2 is 20 %. Zero stops
	// every change, 1 allows all.
	Guard float64
	// Held is the number of customers whose class a rule of stability holds back; the summary tells it.
	Held int

	retired bool // wants no field any more
}

// DefaultGuard is the share of changed customers above which a plan is stopped unless configured otherwise.
const DefaultGuard = 0.2

// fieldRole says how a field gets its value.
type fieldRole uint8

const (
	roleClass        fieldRole = iota // the main tag
	roleTag                           // another tag
	roleSince                         // derived from the class
	roleHandling                      // derived from the class
	roleReason                        // accompanies a change
	roleClassifiedAt                  // accompanies a change
	roleRetired                       // no longer wanted: shows nothing
)

// derived tells that the field speaks about the class: it stays as it is where the class is kept.
func (r fieldRole) derived() bool { return r >= roleSince && r != roleRetired }

// accompanies tells that the field is written along with a change of the classifier's other fields, and never causes
// one: a reason cites ranks and sums that move daily, and a record shows the reason for which it got its class.
func (r fieldRole) accompanies() bool { return r == roleReason || r == roleClassifiedAt }

// field is one field of a classifier in the CRM.
type field struct {
	key  string // taxon_abc, taxon_abc_reason
	part string // "", the key of another tag, or a Part constant
	role fieldRole
	spec connector.FieldSpec // its Type is that of the values
}

// FieldKey is the key of a classifier's field: of the class when part is "", else of that part.
func FieldKey(prefix, classifier, part string) string {
	if part == "" {
		return prefix + classifier
	}
	return prefix + classifier + "_" + part
}

// fields lists a classifier's fields, the class first, then the other tags, then what derives from the class, so that
// a decision can look at those before it.
func (c *Classifier) fields(prefix, language string) ([]field, error) {
	var out []field
	var label string
	main := client.MainTag(c.Tags)
	for i, part := range append([]string{main}, c.Parts...) {
		role, def := roleTag, c.tag(part)
		switch part {
		case main:
			if role = roleClass; i > 0 {
				continue // it is always written
			}
		case PartReason:
			role = roleReason
		case PartSince:
			role = roleSince
		case PartClassifiedAt:
			role = roleClassifiedAt
		case PartHandling:
			role = roleHandling
		}
		if (def == nil) == (role <= roleTag) || slices.ContainsFunc(out, func(f field) bool { return f.part == part }) {
			return nil, c.partError(part, def != nil)
		}
		f := field{key: FieldKey(prefix, c.Name, part), part: part, role: role}
		spec := connector.FieldSpec{Key: f.key, Type: crm.Text}
		switch {
		case def != nil:
			spec.Type = crm.Type(def.Type)
			spec.Label = text(def.Label, language)
			spec.Description = def.Description
			for _, o := range def.Options {
				spec.Options = append(spec.Options, connector.Option{Code: o.Code, Label: textOr(o.Label, language, o.Code)})
			}
			distinguish(spec.Options)
			if role == roleClass {
				label = firstNonEmpty(c.Label, spec.Label, c.Name)
				spec.Label = label
			} else {
				spec.Label = label + " · " + firstNonEmpty(spec.Label, part)
			}
		case role == roleSince || role == roleClassifiedAt:
			spec.Type = crm.Date
			fallthrough
		default:
			spec.Label = label + " · " + word(partLabels[part], language)
			spec.Description = word(partDescriptions[part], language)
		}
		f.spec = spec
		out = append(out, f)
	}
	slices.SortStableFunc(out, func(a, b field) int { return int(a.role) - int(b.role) })
	return out, nil
}

// distinguish adds the code to labels that several options have: CRMs want labels to be unique, and so do people.
func distinguish(options []connector.Option) {
	times := map[string]int{}
	for _, o := range options {
		times[o.Label]++
	}
	for i, o := range options {
		if times[o.Label] > 1 {
			options[i].Label += " (" + o.Code + ")"
		}
	}
}

// partError says why a part cannot be written.
func (c *Classifier) partError(part string, isTag bool) error {
	message, suggestion := "the classifier "+c.Name+" has no tag "+part, "write only tags that the plugin emits, and reason, since, classified_at, handling"
	switch {
	case len(c.Tags) == 0:
		message, suggestion = "the classifier "+c.Name+" has no tags", "this plugin cannot be written back"
	case isTag && slices.Contains([]string{PartReason, PartSince, PartClassifiedAt, PartHandling}, part):
		message, suggestion = "the classifier "+c.Name+" has a tag "+part+", which is the name of a part of every classifier", "ask the plugin's author to rename the tag"
	case isTag || partLabels[part] != nil:
		message, suggestion = "the part "+part+" of the classifier "+c.Name+" is named twice", "name it once"
	}
	return &crm.Error{Code: crm.CodeConfig, Message: message, Pointer: "/classifiers/" + c.Name + "/write", Suggestion: suggestion}
}

// tag finds a tag definition by key.
func (c *Classifier) tag(key string) *pb.TagDefinition {
	for _, d := range c.Tags {
		if d.Key == key {
			return d
		}
	}
	return nil
}

// measured tells that the main tag is a quantity, which moves for nearly everybody nearly every day: the guard then
// counts values taken away only.
func (c *Classifier) measured() bool {
	d := c.tag(client.MainTag(c.Tags))
	return d != nil && len(d.Options) == 0 && d.Type != pb.ValueType_VALUE_TYPE_TEXT && d.Type != pb.ValueType_VALUE_TYPE_BOOLEAN
}

// Specs lists the fields that a classifier writes. It needs Name, Label, Tags and Parts only; a part that the classifier
// does not have is an error. A class whose options are all made by the fit, which is still to come, is left out.
func Specs(c Classifier, prefix, language string) ([]connector.FieldSpec, error) {
	fields, err := c.fields(prefix, language)
	if err != nil {
		return nil, err
	}
	var specs []connector.FieldSpec
	for _, f := range fields {
		if d := c.tag(f.part); f.role <= roleTag && d.GetOpen() && len(d.GetOptions()) == 0 {
			continue
		}
		specs = append(specs, f.spec)
	}
	return specs, nil
}

package manifest

import (
	"slices"

	"github.com/taxonhq/taxon/host/crm"
)

// Object is one object of the CRM.
type Object struct {
	Kind         crm.Kind                  `key:"kind,required" enum:"company,contact,deal,activity" doc:"The kind of record that it becomes."`
	Vars         map[string]*Template      `key:"vars" scope:"base" doc:"Constants and expressions of this object, seen as object.NAME."`
	Container    Path                      `key:"container" doc:"Path of the properties within a row; . when absent."`
	ID           Path                      `key:"id,required" doc:"Path of the id."`
	Updated      string                    `key:"updated" doc:"Property with the change time."`
	Created      string                    `key:"created" doc:"Property that stands for the change time while that is empty, until the first update."`
	Merged       *Merged                   `key:"merged" doc:"Where a row names the ids that it has absorbed."`
	Gone         *Program                  `key:"gone" scope:"record" doc:"Whether a row is of a record that is none of this object's, or none any more: listed as changed it is told as gone. The properties that it names are asked for."`
	When         *Program                  `key:"when" scope:"base" doc:"Whether the connection wants the object; always when absent."`
	Optional     bool                      `key:"optional" doc:"Not every account has the object, or the right to it: without it is left out with a note, and nothing fails."`
	Strict       bool                      `key:"strict" doc:"A property that does not exist is refused: optional ones are asked for only where the account has them, as define or columns tells."`
	Columns      *Columns                  `key:"columns" doc:"Lists the properties that the account has, for strict objects without define."`
	Seconds      bool                      `key:"seconds" doc:"Digits in a time are seconds; milliseconds when absent."`
	FalseIsEmpty bool                      `key:"false_is_empty" doc:"false stands where there is no value."`
	Fields       map[string]*Field         `key:"fields,required" scope:"record" doc:"The canonical fields and where they come from: a property's name, or more."`
	Links        map[crm.Kind]*Link        `key:"links" doc:"Associations that stand in the row."`
	Associations map[crm.Kind]*Association `key:"associations" doc:"Associations that need requests of their own."`
	Needs        map[string][]string       `key:"needs" doc:"Scopes needed to read, write and define (create fields)."`
	List         *Listing                  `key:"list" doc:"Lists everything. When absent, changed does, from the earliest instant."`
	Changed      *Changed                  `key:"changed" doc:"Lists what changed."`
	Deleted      *Deleted                  `key:"deleted" doc:"Lists what was deleted."`
	IDs          *Listing                  `key:"ids" doc:"Lists all live ids in the cheapest way."`
	Read         *Read                     `key:"read" doc:"Reads records by id."`
	Write        *Write                    `key:"write" doc:"Writes fields of records."`
	Define       *Define                   `key:"define" doc:"Lists and creates custom fields."`
	Notes        []string                  `key:"notes" doc:"What the CRM cannot do with this object."`
	Name         string
}

// Merged is where the ids stand that a record has absorbed.
type Merged struct {
	Property  string `key:"property,required" doc:"The property."`
	Separator string `key:"separator" doc:"Between ids in a text: ; when absent."`
}

// Field is where a canonical field comes from. Written as a text alone, it is a property's name.
type Field struct {
	Property   string   `key:"property" doc:"The CRM's name of the property."`
	At         Path     `key:"at" doc:"Path within the property's value."`
	Expr       *Program `key:"expr" scope:"record" doc:"Computes the value; the properties that it names are asked for."`
	Scale      int      `key:"scale" doc:"Decimal places that the CRM's whole number hides: 6 for millionths."`
	Currency   string   `key:"currency" doc:"Property with an amount's currency; the account's currency when absent."`
	CurrencyAt Path     `key:"currency_at" doc:"Path within the currency property's value."`
	// CurrencyExpr computes what Currency names, such as the code that a table has for an id.
	CurrencyExpr *Program `key:"currency_expr" scope:"record" doc:"Computes an amount's currency, in the place of currency; the account's when it yields nothing."`
	Optional     bool     `key:"optional" doc:"The property need not exist in every account."`
}

// Link is where the ids of associated records stand in a row.
type Link struct {
	Property string   `key:"property" doc:"The property."`
	At       Path     `key:"at" doc:"Path within the value, to an id or a list."`
	Each     Path     `key:"each" doc:"Path within each element of a list, to an id."`
	Expr     *Program `key:"expr" scope:"record" doc:"Computes the id or a list of ids, for lookups that lead to records of several kinds; in the place of property."`
	Primary  bool     `key:"primary" doc:"The first one is the one that counts."`
}

// Association reads associations in bulk.
type Association struct {
	Request   *Request  `key:"request,required" scope:"association" doc:"The request; inputs are {id[, after]}."`
	Batch     int       `key:"batch,required" doc:"Ids in one request: the CRM's cap."`
	Rows      Path      `key:"rows,required" doc:"Path of the answers."`
	From      Path      `key:"from" doc:"Path of the asking id within an answer; with a batch of 1 all answers are about that id when absent."`
	To        Path      `key:"to,required" doc:"Path of the list of links within an answer, or of a single one."`
	ID        Path      `key:"id,required" doc:"Path of the id within a link."`
	Primary   *Program  `key:"primary" scope:"link" doc:"Whether a link is the one that counts."`
	Next      Path      `key:"next" doc:"Path of the URL at which the rows of an answer go on; absent or empty ends."`
	After     Path      `key:"after" doc:"Path, within an answer, of the cursor of an id that has more links."`
	Failures  *Failures `key:"failures" doc:"Where ids stand that were not answered."`
	Optional  bool      `key:"optional" doc:"Not every account has it, or the right to it: refused, it is left out with a note."`
	PagesOnly bool      `key:"pages_only" doc:"Records that come by a job are not asked about: so many would cost more than all else. What stands in links has to do for them."`
}

// Read reads records by id.
type Read struct {
	Request *Request `key:"request,required" scope:"read" doc:"The request for ids and properties."`
	Batch   int      `key:"batch,required" doc:"Ids in one request: the CRM's cap."`
	Rows    Path     `key:"rows,required" doc:"Path of the rows."`
	Version Path     `key:"version" doc:"Path of a record's version, an ETag: seen by write as records[i].version until it is written."`
}

// Write writes fields.
type Write struct {
	Request    *Request  `key:"request,required" scope:"write" doc:"The request for records {id, values}; with a batch of 1 it may have a request first, whose answer's body it sees."`
	Batch      int       `key:"batch,required" doc:"Records in one request: the CRM's cap."`
	SameValues bool      `key:"same_values" doc:"All records of a request get the same values (the first record's)."`
	Distinct   *Distinct `key:"distinct" doc:"A request that writes records whose values differ, for CRMs that have one beside same_values; what it refuses is halved, and a single record goes by request."`
	Values     string    `key:"values,required" enum:"text,typed" doc:"How values are sent: all as texts, or numbers and booleans as such."`
	Clear      string    `key:"clear,required" enum:"empty,null,false" doc:"How a value is cleared: an empty text, null or false."`
	Match      string    `key:"match,required" enum:"id,order,status" doc:"How answers belong to records: by id, by order, or all by the status of the answer."`
	Rows       Path      `key:"rows" doc:"Path of the records written."`
	ID         Path      `key:"id" doc:"Path of the id within a row."`
	Updated    Path      `key:"updated" doc:"Path of the record's change time within a row; an index that lags behind is told by it."`
	Written    *Program  `key:"written" scope:"row" doc:"Whether a row says that its record was written; true when absent."`
	Failures   *Failures `key:"failures" doc:"Where the failed ones stand, for match id; for match order within the row."`
	Verify     bool      `key:"verify" doc:"The CRM may say that it has written what it has dropped: what was written is read back."`
	Envelope   *Envelope `key:"envelope" doc:"Several records travel in one request, each as a request of its own: request is that of one record, and every part has its own status."`
	Together   *Together `key:"together" doc:"A request that writes all records of a batch or none; a batch that it refuses goes by the envelope."`
	Job        *WriteJob `key:"job" doc:"A job that writes the same, for many records."`
}

// Failures locate per-record errors.
type Failures struct {
	Rows      Path     `key:"rows" doc:"Path of the errors."`
	IDs       Path     `key:"ids" doc:"Path, within an error, of the id or ids it is about."`
	Code      Path     `key:"code" doc:"Path of its code."`
	Text      Path     `key:"text" doc:"Path of its message; only names of our own fields in it are shown."`
	Harmless  *Program `key:"harmless" scope:"row" doc:"Whether the error is none."`
	NotFound  *Program `key:"not_found" scope:"row" doc:"Whether the record does not exist."`
	Transient *Program `key:"transient" scope:"row" doc:"Whether a later attempt may succeed."`
	Conflict  *Program `key:"conflict" scope:"row" doc:"Whether somebody changed the record at the same time, so that it was left as it is."`
}

// Define lists and creates custom fields: find, create group, create field, grant access, read back, extend options.
type Define struct {
	LabelMost    int                   `key:"label_most" doc:"Characters that a field's label may have; a longer one gives way to the key."`
	Name         *Template             `key:"name" scope:"define" doc:"The CRM's key of our field field.key; found by label when absent."`
	List         *Listing              `key:"list,required" doc:"Lists the object's fields."`
	Key          Path                  `key:"key,required" doc:"Path of a field's key within a row."`
	Property     *Program              `key:"property" scope:"row" doc:"Name of the property that records have for a field, where it is not the key."`
	Container    Path                  `key:"container" doc:"Path of the values of custom fields within a record's row, where they do not stand beside the others."`
	Partial      bool                  `key:"partial" doc:"The list has custom fields only: whether other properties exist cannot be checked."`
	Prefix       string                `key:"prefix" doc:"What stands before a custom field's key there."`
	Labels       string                `key:"labels" doc:"Property with the list of a record's labels, for CRMs that have labels in the place of fields: a field's options are labels, and its value is the one that the record has."`
	Label        Path                  `key:"label,required" doc:"Path of a field's label."`
	Type         []Path                `key:"type,required" doc:"Paths of the parts of a field's type; joined by / they are looked up in types."`
	Options      Path                  `key:"options" doc:"Path of the options of a field: a list, or a map of values to labels."`
	OptionValue  Path                  `key:"option_value" doc:"Path of an option's value."`
	OptionLabel  Path                  `key:"option_label" doc:"Path of an option's label."`
	Types        map[string]*FieldType `key:"types,required" doc:"Our types (text, integer, number, boolean, date, time, amount, class) and the CRM's."`
	GroupFind    *Request              `key:"group_find" scope:"define" doc:"Finds the group of our fields."`
	GroupCreate  *Request              `key:"group_create" scope:"define" doc:"Creates the group when it is not found."`
	Create       *Request              `key:"create" scope:"define" doc:"Creates field. Absent: a person does, by instructions."`
	Grant        []*Request            `key:"grant" scope:"define" doc:"Makes a new field visible."`
	Extend       *Request              `key:"extend" scope:"define" doc:"Adds options: existing are the options as the CRM answered them, added the new ones."`
	ExtendEach   bool                  `key:"extend_each" doc:"extend adds one option: it is sent for each of added."`
	Remove       *Request              `key:"remove" scope:"define" doc:"Removes field."`
	Instructions *Template             `key:"instructions" scope:"define" doc:"What a person does where the CRM lets no program create a field."`
}

// Columns lists the properties of an object that has no custom fields of ours.
type Columns struct {
	List *Listing `key:"list,required" doc:"Lists them."`
	Key  Path     `key:"key,required" doc:"Path of a property's name within a row."`
}

// FieldType is a type of custom field.
type FieldType struct {
	Native  map[string]any `key:"native" doc:"Values for the create request, seen as field.native."`
	Accepts []string       `key:"accepts,required" doc:"Types, as read, that can hold our values."`
	Sends   *Program       `key:"sends" scope:"value" doc:"What is sent for value, a canonical text, or the stored value of an option: = int(value). As write.values says when absent."`
	Reads   *Program       `key:"reads" scope:"value" doc:"The canonical text of value, as the CRM answers it, where it cannot be read as it stands."`
}

// AcceptsType reports whether a type, as it is read, can hold our values.
func (t *FieldType) AcceptsType(native string) bool {
	return t != nil && slices.Contains(t.Accepts, native)
}

package manifest

import "time"

// Listing is a request that lists rows, page by page.
type Listing struct {
	Request   *Request `key:"request,required" scope:"listing" doc:"The request of one page."`
	Otherwise *Request `key:"otherwise" scope:"listing" doc:"The request of one page where the account refuses the other one (an error rule with then: otherwise)."`
	Rows      Path     `key:"rows,required" doc:"Path of the rows; . is the root."`
	Size      int      `key:"size,required" doc:"Rows in a full page: the CRM's cap."`
	Page      Pager    `key:"page" doc:"How the next page is found; one page only when absent."`
	Chunk     Chunk    `key:"properties" doc:"How many property names fit into one request."`
	Count     *Count   `key:"count" doc:"How many records there are: for estimates, and for the choice of a job."`
	Job       *Job     `key:"job" doc:"A job that lists the same, in place of pages."`
}

// Chunk bounds the property names in one request; the rest is asked for in further requests and joined by id.
type Chunk struct {
	Bytes int `key:"bytes" doc:"Bytes of names with a comma between."`
	Count int `key:"count" doc:"Number of names."`
}

// Pager is how the next page is found: one of its ways.
type Pager struct {
	Cursor Path     `key:"cursor" doc:"Path of the next cursor, seen as page.cursor; absent or empty ends."`
	Link   Path     `key:"link" doc:"Path of the URL of the next page; absent or empty ends."`
	Number *Counted `key:"number" doc:"Pages are numbered, seen as page.number."`
	Offset *Counted `key:"offset" doc:"Rows are skipped, seen as page.offset."`
	Next   *Program `key:"next" scope:"answer" doc:"A map that the next page sees as page, or null at the end."`
	Keyset *Keyset  `key:"keyset" doc:"Rows are sorted, and the next page begins after the last row seen."`
}

// Counted pages end at a short page, or when More says so.
type Counted struct {
	Start   int      `key:"start" doc:"First number: 0 when absent."`
	More    *Program `key:"more" scope:"answer" doc:"Whether there are more pages."`
	Ceiling int      `key:"ceiling" doc:"Rows beyond which the CRM refuses; reaching it is an error, never a silent end."`
}

// Keyset pages are sorted by the change time (page.since, page.until; equal ones with page.tie, page.at and page.after_id)
// or by id (page.after_id alone). Within one query page.cursor goes on, up to Window rows.
type Keyset struct {
	By     string `key:"by,required" enum:"updated,id,updated_id" doc:"What rows are sorted by. updated_id is for filters that can say: changed after since, or then and with an id after page.after_id."`
	Window int    `key:"window" doc:"Rows that one query can reach; unlimited when absent."`
	Cursor Path   `key:"cursor" doc:"Path of the cursor within a query; a short page ends it when absent."`
	Total  Path   `key:"total" doc:"Path of the number of rows that match; a hint, not trusted."`
}

// Changed lists what changed since an instant, in ascending order of the change time where the pager is a keyset.
type Changed struct {
	Listing
	Overlap   time.Duration `key:"overlap" doc:"How far before the last change seen the next pull begins, for changes that appear late."`
	Late      time.Duration `key:"late" doc:"After this time what is older is read a second time, for changes that appear very late; never when absent."`
	Earliest  string        `key:"earliest" doc:"The earliest instant that the CRM accepts, RFC 3339: 1970-01-01T00:00:01Z when absent."`
	Precision time.Duration `key:"precision" doc:"Precision of the filter: 1ms when absent."`
	// Rows that change meanwhile move to the front, so that what follows comes again rather than gets lost.
	NewestFirst bool       `key:"newest_first" doc:"There is no filter: rows come newest first by the change time, and the listing ends at those that are older than since."`
	New         *Listing   `key:"new" doc:"Lists what was created since, for CRMs whose change time is empty until the first update; it is sorted by the object's created where its pager is a keyset by updated."`
	Touched     []*Touched `key:"touched" doc:"Lists what was changed since in tables that belong to the records; they see the same since."`
	Delta       *Delta     `key:"delta" doc:"A link takes the place of the watermark. The request then goes to the link, with its method and headers."`
}

// Touched lists rows of another table whose changes are changes of this object's records, such as their links. The records are
// read by id, with read.
type Touched struct {
	Listing
	ID      Path `key:"id,required" doc:"Path of the row's own id."`
	Record  Path `key:"record,required" doc:"Path of the id of the record that it belongs to."`
	Updated Path `key:"updated,required" doc:"Path of the row's change time; a keyset by updated is sorted by it."`
}

// Deleted lists what was deleted.
type Deleted struct {
	Listing
	ID        Path          `key:"id" doc:"Path of the id within a row; the object's own when absent."`
	Into      Path          `key:"into" doc:"Path of the id of the record that has absorbed a deleted one: it is read and told as merged."`
	At        Path          `key:"at" doc:"Path of when it was deleted; earlier ones than the last pass are dropped."`
	Every     time.Duration `key:"every" doc:"Shortest time between two passes; every pull when absent."`
	Retention time.Duration `key:"retention" doc:"How long the CRM remembers: a longer gap forces a full pull."`
}

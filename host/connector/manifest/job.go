package manifest

import "time"

// Count is a cheap request for how many records a listing has.
type Count struct {
	Request *Request `key:"request,required" scope:"listing" doc:"The request; it sees what the listing's own sees."`
	Total   *Program `key:"total,required" scope:"answer" doc:"The number, a hint that is never trusted."`
}

// Job reads a listing as a job that the CRM works off by itself: submit, poll until it is done, read its result. The job's
// id is part of a pull's state, so that it is found again after a kill. A job that fails gives way to the listing's pages.
type Job struct {
	Above   int             `key:"above" doc:"Taken for more records than this, by count; always when absent."`
	Submit  *Request        `key:"submit,required" scope:"job" doc:"Begins a job."`
	ID      *Program        `key:"id,required" scope:"answer" doc:"The job's id in the answer of submit, seen as job.id."`
	Poll    *Request        `key:"poll,required" scope:"job" doc:"Asks how the job stands. The body of the last answer is seen as job.status."`
	Done    *Program        `key:"done,required" scope:"answer" doc:"Whether the answer of poll says that the result is there."`
	Failed  *Program        `key:"failed" scope:"answer" doc:"Whether the answer of poll says that there will be none."`
	Every   time.Duration   `key:"every" doc:"Time between two polls: 5s when absent."`
	Within  time.Duration   `key:"within" doc:"How long one run waits for a job: 2h when absent. The next run goes on waiting."`
	Result  *Request        `key:"result,required" scope:"job" doc:"Reads a page of the result."`
	Format  string          `key:"format,required" enum:"csv,csv_zip,ndjson,ndjson_zip,json" doc:"What the result is: CSV with a header line, or a JSON object on each line, each of them as it is or as the files of a ZIP archive; or JSON with rows."`
	Rows    Path            `key:"rows" doc:"Path of the rows in JSON."`
	Columns map[string]Path `key:"columns" doc:"Columns of a CSV that stand at another path in a row than their name says."`
	Size    int             `key:"size" doc:"Rows in a page of the result, seen as size."`
	Cursor  *Program        `key:"cursor" scope:"answer" doc:"Where the result goes on, by headers or body, seen as page.cursor; null or an empty text ends."`
	Told    *Program        `key:"told" scope:"answer" doc:"How many rows the answer says it has; another number means that it was cut."`
	Next    *Program        `key:"next" scope:"answer" doc:"By the answer of poll: a map that the submit of a further job sees as page, or null when all was read."`
}

// WriteJob writes many records as a job: submit, upload, start, poll until it is done, read what became of the records.
type WriteJob struct {
	Above   int           `key:"above" doc:"Taken for more records than this in one write; always when absent."`
	Batch   int           `key:"batch,required" doc:"Records in one job: the CRM's cap."`
	Submit  *Request      `key:"submit,required" scope:"write_job" doc:"Begins a job; records are seen, for CRMs that take them here."`
	ID      *Program      `key:"id,required" scope:"answer" doc:"The job's id in the answer of submit, seen as job.id."`
	Upload  *Request      `key:"upload" scope:"write_job" doc:"Takes the rows as its body."`
	Row     *Template     `key:"row" scope:"write_row" doc:"A row of the upload, a map, made of record {id, values}."`
	Format  string        `key:"format" enum:"csv,ndjson" doc:"What the upload is: csv when absent."`
	Clear   *string       `key:"clear" doc:"The text that clears a value in a CSV; empty when absent."`
	Start   *Request      `key:"start" scope:"write_job" doc:"Says that the upload is complete."`
	Poll    *Request      `key:"poll,required" scope:"write_job" doc:"Asks how the job stands. The body of the last answer is seen as job.status."`
	Done    *Program      `key:"done,required" scope:"answer" doc:"Whether the answer of poll says that the job is at its end."`
	Failed  *Program      `key:"failed" scope:"answer" doc:"Whether it says that nothing was done."`
	Every   time.Duration `key:"every" doc:"Time between two polls: 5s when absent."`
	Within  time.Duration `key:"within" doc:"How long to wait for a job: 2h when absent; then it is not known what was written."`
	Results []*JobResult  `key:"results,required" doc:"Where it is told what became of the records."`
	Silent  string        `key:"silent" enum:"unconfirmed,written" doc:"What became of records that no result names: unconfirmed (default) or written."`
}

// JobResult tells of some of a job's records.
type JobResult struct {
	Request  *Request  `key:"request" scope:"write_job" doc:"The request; the last answer of poll when absent."`
	Format   string    `key:"format" enum:"csv,csv_zip,ndjson,ndjson_zip,json" doc:"What it answers: json when absent."`
	Rows     Path      `key:"rows" doc:"Path of the rows in JSON."`
	ID       Path      `key:"id,required" doc:"Path of the id within a row."`
	Updated  Path      `key:"updated" doc:"Path of the record's change time within a row."`
	Written  *Program  `key:"written" scope:"row" doc:"Whether a row says that its record was written. When absent: rows of a result with failures are failures, the others are not."`
	Failures *Failures `key:"failures" doc:"Where, within a row, it stands why not."`
}

// Delta is a link that lists what changed since it was given, deletions included: each listing ends with the next one.
// It takes the place of a watermark. The link of the first listing comes with the last page of list.
type Delta struct {
	Link    Path     `key:"link,required" doc:"Path of the link in the last page of list and of changed."`
	Removed *Program `key:"removed" scope:"row" doc:"Whether a row says that its record is gone."`
	ID      Path     `key:"id" doc:"Path of the id in such a row; the object's own when absent."`
	Into    Path     `key:"into" doc:"Path of the id of the record that has absorbed it: that one is read and told as merged."`
}

// Envelope puts the requests of several records into one: each is a part with an answer of its own.
type Envelope struct {
	Kind    string   `key:"kind,required" enum:"multipart" doc:"multipart: multipart/mixed, parts of application/http."`
	Request *Request `key:"request,required" scope:"write" doc:"The request that carries the parts; it has no body of its own."`
}

// Together writes all records of a batch in one request, or none of them: where the CRM works that off faster than requests in an
// envelope.
type Together struct {
	When    *Program `key:"when" scope:"base" doc:"Whether the connection wants it; always when absent."`
	Request *Request `key:"request,required" scope:"write" doc:"The request over records; it is a success when all are written."`
}

// Distinct writes values of each record's own in one request, all of them or none, where the CRM's usual write gives all records the
// same ones.
type Distinct struct {
	When    *Program `key:"when" scope:"base" doc:"Whether the connection has it; always when absent."`
	Request *Request `key:"request,required" scope:"write" doc:"The request over records; it is a success when all are written."`
	Batch   int      `key:"batch,required" doc:"Records in one request: the CRM's cap."`
}

// Assertion is a signed JSON Web Token, seen as assertion in the exchange's request.
type Assertion struct {
	Algorithm string    `key:"algorithm,required" enum:"RS256,RS384,RS512,PS256,PS384,PS512,ES256,ES384,HS256,HS384,HS512" doc:"How it is signed."`
	Key       string    `key:"key,required" doc:"The secret to sign with: a private key in PEM, or the shared secret of HS256 and its like."`
	Header    *Template `key:"header" scope:"auth" doc:"Members of its header beside alg and typ, such as kid."`
	Claims    *Template `key:"claims,required" scope:"auth" doc:"Its claims; exp: = int(now) + 180"`
}

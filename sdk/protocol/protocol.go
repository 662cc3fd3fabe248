// Package protocol is what host and plugins agree on beside the messages themselves (classifierpb): the
// handshake, the version, the sizes, and the manifest as a file.
//
// It starts no process and opens no connection; go-plugin is used by its two neighbours, host/plugin/launch
// and sdk. Invariant: what it declares holds on both sides of the wire, and nothing here depends on either.
package protocol

// The cookie tells a person who starts a plugin by hand that a host should do so. It is no secret.
const (
	CookieKey   = "TAXON_PLUGIN"
	CookieValue = "taxon-classifier-4c1f2a"
)

// Version is the application version of the handshake and the major version in the proto package's name.
// The host offers its versions, the plugin takes the highest common one.
const Version = 1

// PluginName is the name of the one service in go-plugin's plugin set.
const PluginName = "classifier"

// Sizes, in bytes unless their name says otherwise.
const (
	KeyBytes       = 16        // a customer's key: a keyed hash of the id
	MaxMessage     = 16 << 20  // largest gRPC message, both ways
	ChunkBytes     = 1 << 20   // largest chunk of a summary or model
	BatchCustomers = 1000      // customers in a batch, at most
	BatchBytes     = 512 << 10 // size at which a batch is sent though it has fewer customers
	Credit         = 4         // batches that may be unanswered
	SummaryBytes   = 64 << 20  // default cap of a summary or model
	ManifestBytes  = 1 << 20   // largest plugin.json
	Instances      = 256       // configured instances a plugin holds
)

// Transport settings of gRPC on both sides. A batch is some 100 KiB: with gRPC's own buffers of 32 KiB and its
// growing window a tenth of the processor time goes into system calls and window updates.
const (
	BufferBytes      = 256 << 10 // read and write buffer of a connection
	StreamWindow     = 4 << 20   // HTTP/2 flow control window of a stream
	ConnectionWindow = 8 << 20   // and of a connection
)

// LastModel is the feature of a manifest whose plugin sees the model of the last fit in the first pass of the
// next one, so that names which a fit gave may stay.
const LastModel = "last_model"

// Languages are the languages of texts. The first is always there.
var Languages = []string{"en", "zh-Hans", "zh-Hant"}

// Unclassified is the code of every class tag for a customer about whom too little is known. It always
// comes with a reason.
const Unclassified = "unclassified"

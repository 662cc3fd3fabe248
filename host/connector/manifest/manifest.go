// Package manifest loads connector manifests.
package manifest

// Manifest describes one CRM's API as data.
type Manifest struct {
	Name    string
	Version string
}

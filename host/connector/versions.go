package connector

import "github.com/taxonhq/taxon/host/crm"

// maxVersions bounds what is kept of versions; what is forgotten is written without one.
const maxVersions = 100_000

// keepVersion notes the version of a record that was read, so that the next write of it can be refused when somebody has changed
// the record in between.
func (c *Connector) keepVersion(kind crm.Kind, id, version string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.versions[kind] == nil || len(c.versions[kind]) >= maxVersions {
		if c.versions == nil {
			c.versions = map[crm.Kind]map[string]string{}
		}
		c.versions[kind] = map[string]string{}
	}
	c.versions[kind][id] = version
}

// version is the version of a record that was read before.
func (c *Connector) version(kind crm.Kind, id string) (string, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	version := c.versions[kind][id]
	return version, version != ""
}

// forgetVersions drops the versions of records that have been written: a second write has no check of its own.
func (c *Connector) forgetVersions(kind crm.Kind, written []Write) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, w := range written {
		delete(c.versions[kind], w.ID)
	}
}

package measure

import (
	"github.com/taxonhq/taxon/host/crm"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
)

// CatalogueOf lists what a plugin is told exists: the fields of customers, and those of deals, activities
// and contacts as lists. allowed decides by path ("country", "deals.amount"); it is where sensitive fields
// that nobody granted are left out.
func CatalogueOf(c *crm.Catalogue, subject crm.Kind, allowed func(path string, f crm.Field) bool) []*pb.CatalogueField {
	var out []*pb.CatalogueField
	add := func(kind crm.Kind, prefix string) {
		for _, f := range c.Fields() {
			if path := prefix + f.Name; f.Kind == kind && allowed(path, f) {
				out = append(out, &pb.CatalogueField{Path: path, Type: pb.ValueType(f.Type), List: prefix != "", Options: f.Options, Sensitive: f.Sensitive})
			}
		}
	}
	add(subject, "")
	add(crm.Deal, Deals+".")
	add(crm.Activity, Activities+".")
	add(crm.Contact, Contacts+".")
	return out
}

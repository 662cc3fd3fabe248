package app

import (
	"time"

	"github.com/taxonhq/taxon/host/config"
	"github.com/taxonhq/taxon/host/connector/files"
	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/run"
)

// FilesConnector is the name of the connector of files, which has no manifest.
const FilesConnector = files.Name

// files opens the connector of files, and the catalogue of the fields that it delivers.
func (a *App) files(k *config.Connection) (run.CRM, *crm.Catalogue, error) {
	mapping, extra, err := mapping(k)
	if err != nil {
		return nil, nil, err
	}
	catalogue, err := crm.NewCatalogue(extra...)
	if err != nil {
		return nil, nil, err
	}
	zone, err := time.LoadLocation(k.TimeZone)
	if err != nil {
		return nil, nil, &crm.Error{Code: crm.CodeConfig, Pointer: "/time_zone", Message: "the time zone is not known"}
	}
	c, err := files.Open(files.Options{Settings: settings(k), Base: a.Config.Dir(), Mapping: mapping, Zone: zone, Currency: k.Currency})
	return c, catalogue, err
}

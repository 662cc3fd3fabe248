// Pocketbase is PocketBase as its authors ship it (https://pocketbase.io), with one command more, seed, that models a small
// CRM in it: companies and deals of a public sales data set. Nothing of the server is changed, and Taxon knows nothing of it but
// what pocketbase.yaml says.
package main

import (
	"log"

	"github.com/pocketbase/pocketbase"
	"github.com/spf13/cobra"
)

func main() {
	app := pocketbase.New()
	app.RootCmd.AddCommand(&cobra.Command{
		Use:   "seed ACCOUNTS.csv DEALS.csv",
		Short: "Model a small CRM: collections companies and deals, filled from two files",
		Args:  cobra.ExactArgs(2),
		RunE:  func(_ *cobra.Command, files []string) error { return seed(app, files[0], files[1]) },
	})
	if err := app.Start(); err != nil {
		log.Fatal(err)
	}
}

package main

import (
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"fmt"
	"os"

	"github.com/pocketbase/pocketbase/core"
)

// seed does what a person would do in PocketBase's dashboard: two collections, a relation, and imported rows.
func seed(app core.App, accounts, deals string) error {
	companies := core.NewBaseCollection("companies")
	companies.Fields.Add(
		&core.TextField{Name: "name", Required: true}, &core.TextField{Name: "sector"}, &core.NumberField{Name: "employees"},
		&core.TextField{Name: "country"}, &core.AutodateField{Name: "created", OnCreate: true},
		&core.AutodateField{Name: "updated", OnCreate: true, OnUpdate: true})
	if err := app.Save(companies); err != nil {
		return err
	}
	sales := core.NewBaseCollection("deals")
	sales.Fields.Add(
		&core.TextField{Name: "title", Required: true}, &core.NumberField{Name: "value"}, &core.TextField{Name: "stage", Required: true},
		&core.RelationField{Name: "company", CollectionId: companies.Id, MaxSelect: 1}, &core.TextField{Name: "product"},
		&core.DateField{Name: "opened"}, &core.DateField{Name: "closed"}, &core.AutodateField{Name: "created", OnCreate: true},
		&core.AutodateField{Name: "updated", OnCreate: true, OnUpdate: true})
	if err := app.Save(sales); err != nil {
		return err
	}
	return app.RunInTransaction(func(tx core.App) error {
		n, err := load(tx, companies, accounts, func(row map[string]string) (id string, values map[string]any) {
			return row["account"], map[string]any{"name": row["account"], "sector": row["sector"], "employees": row["employees"], "country": row["office_location"]}
		})
		if err != nil {
			return err
		}
		m, err := load(tx, sales, deals, func(row map[string]string) (id string, values map[string]any) {
			values = map[string]any{"title": row["opportunity_id"], "value": row["close_value"], "stage": row["deal_stage"], "product": row["product"],
				"opened": row["engage_date"], "closed": row["close_date"]}
			if row["account"] != "" {
				values["company"] = key(row["account"])
			}
			return row["opportunity_id"], values
		})
		fmt.Printf("%d companies and %d deals.\n", n, m)
		return err
	})
}

// key is an id in PocketBase's form that follows from a name, so that every seed gives the same.
func key(name string) string {
	sum := sha256.Sum256([]byte(name))
	return hex.EncodeToString(sum[:])[:15]
}

// load makes a record of each row of a CSV file.
func load(app core.App, to *core.Collection, path string, read func(row map[string]string) (string, map[string]any)) (int, error) {
	file, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		return 0, err
	}
	for _, cells := range rows[1:] {
		row := map[string]string{}
		for i, name := range rows[0] {
			row[name] = cells[i]
		}
		id, values := read(row)
		record := core.NewRecord(to)
		record.Load(values)
		record.Id = key(id)
		if err := app.Save(record); err != nil {
			return 0, fmt.Errorf("%s: %w", id, err)
		}
	}
	return len(rows) - 1, nil
}

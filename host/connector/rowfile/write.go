package rowfile

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/taxonhq/taxon/host/connector/mapping"
)

// Write writes rows of JSON-like scalars as CSV or NDJSON. The columns of a CSV are the keys of all rows, sorted; nothing stands
// where a row has none.
func Write(rows []map[string]any, format string) ([]byte, error) {
	var out bytes.Buffer
	switch format {
	case CSV:
		names := map[string]bool{}
		for _, row := range rows {
			for name := range row {
				names[name] = true
			}
		}
		header := slices.Sorted(maps.Keys(names))
		w := csv.NewWriter(&out)
		if err := w.Write(header); err != nil {
			return nil, err
		}
		cells := make([]string, len(header))
		for _, row := range rows {
			for i, name := range header {
				cells[i] = mapping.Scalar(row[name])
			}
			if err := w.Write(cells); err != nil {
				return nil, err
			}
		}
		w.Flush()
		return out.Bytes(), w.Error()
	case NDJSON:
		e := json.NewEncoder(&out)
		e.SetEscapeHTML(false)
		for _, row := range rows {
			if err := e.Encode(row); err != nil {
				return nil, err
			}
		}
		return out.Bytes(), nil
	}
	return nil, fmt.Errorf("rows cannot be written as %q", format)
}

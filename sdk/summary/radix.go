package summary

import "slices"

// sortValues sorts by bytes, the least significant first, and skips bytes that are the same in all values:
// amounts and days have few that differ. scratch is as long as values; the sorted values are in the one that
// is answered.
func sortValues(values, scratch []int64) (sorted, other []int64) {
	if len(values) < 1<<10 {
		slices.Sort(values)
		return values, scratch
	}
	const sign = uint64(1) << 63 // negative values come first
	differ := uint64(0)
	for _, v := range values {
		differ |= uint64(v) ^ uint64(values[0])
	}
	for shift := 0; shift < 64; shift += 8 {
		if differ>>shift&0xff == 0 {
			continue
		}
		var ends [256]int
		for _, v := range values {
			ends[byte((uint64(v)^sign)>>shift)]++
		}
		at := 0
		for b, n := range ends {
			ends[b], at = at, at+n
		}
		for _, v := range values {
			b := byte((uint64(v) ^ sign) >> shift)
			scratch[ends[b]] = v
			ends[b]++
		}
		values, scratch = scratch, values
	}
	return values, scratch
}

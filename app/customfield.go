package app

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"unicode/utf8"
)

const (
	maxCustomBytes    = 64 << 10
	maxCustomDepth    = 32
	maxCustomKeyChars = 100
)

// checkCustomKeys holds the rules of custom field names and of each value's depth.
func checkCustomKeys(errs *fieldErrors, fields map[string]json.RawMessage) {
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		switch n := utf8.RuneCountInString(key); {
		case n == 0:
			errs.add("custom_fields", RuleRequired, "A custom field needs a name.")
		case n > maxCustomKeyChars:
			errs.add("custom_fields", RuleTooLong, "A custom field's name has at most 100 characters.")
		case depth(fields[key])+1 > maxCustomDepth:
			errs.add(key, RuleOutOfRange, "A custom field is nested at most 32 deep.")
		}
	}
}

// depth counts how many objects and arrays lie in each other; the value was checked to be JSON.
func depth(value json.RawMessage) int {
	deepest, level, quoted := 0, 0, false
	for i := 0; i < len(value); i++ {
		switch c := value[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			level++
			deepest = max(deepest, level)
		case c == '}' || c == ']':
			level--
		}
	}
	return deepest
}

// mergeCustom puts changes over the fields there are, and holds the whole's size.
func mergeCustom(have, changes map[string]json.RawMessage) (map[string]json.RawMessage, error) {
	if len(changes) == 0 {
		return have, nil
	}
	merged := maps.Clone(have)
	if merged == nil {
		merged = map[string]json.RawMessage{}
	}
	for key, value := range changes {
		var compact bytes.Buffer
		if err := json.Compact(&compact, value); err != nil {
			return nil, errWrongType(key, "JSON")
		}
		merged[key] = compact.Bytes()
	}
	size, err := encodedSize(merged)
	if err != nil {
		return nil, fmt.Errorf("encode custom fields: %w", err)
	}
	if size > maxCustomBytes {
		return nil, Invalid(FieldError{"custom_fields", RuleTooLong, "Custom fields take at most 64 KiB in all."})
	}
	return merged, nil
}

// encodedSize is how many bytes fields take as one JSON object. Go's escapes for HTML (`<` in six bytes) are not counted.
func encodedSize(fields map[string]json.RawMessage) (int, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(fields)
	return text.Len() - 1, err // without the line's end
}

// changedKeys lists the custom fields that were added, changed or removed.
func changedKeys(before, after map[string]json.RawMessage) []string {
	var keys []string
	for key, value := range after {
		if old, there := before[key]; !there || !bytes.Equal(old, value) {
			keys = append(keys, key)
		}
	}
	for key := range before {
		if _, there := after[key]; !there {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}

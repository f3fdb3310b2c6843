package app

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"unicode/utf8"
)

const (
	maxCustomBytes    = 64 << 10
	maxCustomDepth    = 32
	maxCustomKeyChars = 100
)

// cleanCustom holds every rule of custom fields that are about to be written, and answers them as they are kept: each
// value as compact JSON, a number with the digits that it came with.
func cleanCustom(errs *fieldErrors, fields map[string]json.RawMessage) map[string]json.RawMessage {
	cleaned := make(map[string]json.RawMessage, len(fields))
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		if problem := checkCustomKey(key); problem != nil {
			*errs = append(*errs, *problem)
			continue
		}
		if depth(fields[key])+1 > maxCustomDepth {
			errs.add(key, RuleOutOfRange, "Custom fields are nested at most 32 deep, the object that holds them all included.").Case = "custom_field_deep"
			continue
		}
		var compact bytes.Buffer
		if err := json.Compact(&compact, fields[key]); err != nil {
			errs.add(key, RuleInvalidFormat, "A custom field's value is JSON.").Case = "custom_field_broken"
			continue
		}
		cleaned[key] = compact.Bytes()
	}
	checkCustomSize(errs, cleaned)
	return cleaned
}

// checkCustomKey holds the rule of a custom field's name; nil when it is good. An account's own fields can't be custom
// ones too: who reads them by name would take one for the other.
func checkCustomKey(key string) *FieldError {
	switch n := utf8.RuneCountInString(key); {
	case n == 0:
		return &FieldError{Field: "custom_fields", Rule: RuleRequired, Message: "A custom field needs a name.", Case: "custom_field_unnamed"}
	case n > maxCustomKeyChars:
		return &FieldError{Field: "custom_fields", Rule: RuleTooLong, Message: "A custom field's name has at most 100 characters.", Case: "custom_field_name_long", Limit: maxCustomKeyChars}
	case !utf8.ValidString(key):
		return &FieldError{Field: "custom_fields", Rule: RuleInvalidFormat, Message: "A custom field's name is UTF-8 text.", Case: "custom_field_name_broken"}
	case slices.Contains(schemaFields, key) || slices.Contains(protectedFields, key):
		return &FieldError{Field: key, Rule: RuleNotUpdatable, Message: "This name belongs to the account itself, and can't be changed here.", Case: "custom_field_protected"}
	}
	return nil
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

// mergeCustom puts cleaned changes over the fields there are, and holds the whole's size. have stays as it is.
func mergeCustom(errs *fieldErrors, have, changes map[string]json.RawMessage) map[string]json.RawMessage {
	if len(changes) == 0 {
		return have
	}
	merged := make(map[string]json.RawMessage, len(have)+len(changes))
	maps.Copy(merged, have)
	maps.Copy(merged, changes)
	checkCustomSize(errs, merged)
	return merged
}

// checkCustomSize holds how many bytes custom fields take as one JSON object. Go's escapes for HTML (`<` in six bytes)
// are not counted: they are not kept.
func checkCustomSize(errs *fieldErrors, fields map[string]json.RawMessage) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(fields)
	size := text.Len() - 1 // without the line's end
	if err != nil || size > maxCustomBytes {
		errs.add("custom_fields", RuleTooLong, "Custom fields take at most 64 KiB in all.").Case = "custom_fields_large"
	}
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

package folder

import "time"

// SetPatience makes Share and Alone give up sooner.
func (f *Folder) SetPatience(d time.Duration) { f.sharePatience, f.alonePatience = d, d }

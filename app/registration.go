package app

import (
	"context"
	"errors"
	"net/netip"
	"sync/atomic"
)

// factOwnerSince remembers that there has been an Owner, also after the last one is gone.
const factOwnerSince = "owner_since"

// setup is the way to the first Owner: a code that only whoever started the server has seen.
type setup struct {
	code  Secret
	ended atomic.Bool // there has been an Owner: known for good once seen
}

// SetupCode is the code that makes the first Owner, new at each start; "" once there has been an Owner.
func (a *Accounts) SetupCode(ctx context.Context) (Secret, error) {
	ended, err := a.hadOwner(ctx)
	if err != nil || ended {
		return "", err
	}
	return a.setup.code, nil
}

func (a *Accounts) hadOwner(ctx context.Context) (bool, error) {
	if a.setup.ended.Load() {
		return true, nil
	}
	var had bool
	err := a.view(ctx, func(tx Tx) (err error) {
		had, err = everOwner(tx)
		return err
	})
	if had {
		a.setup.ended.Store(true)
	}
	return had, err
}

func everOwner(tx Tx) (bool, error) {
	_, err := tx.Fact(factOwnerSince)
	if errors.Is(err, ErrNoRow) {
		return false, nil
	}
	return err == nil, err
}

// rememberOwner keeps for good that there is an Owner. Whatever gives the role calls it.
func (u *unit) rememberOwner() error {
	had, err := everOwner(u)
	if err != nil || had {
		return err
	}
	return u.SetFact(factOwnerSince, u.Now().Format(timeForm))
}

// MayRegister answers nil when a registration with this set-up code ("" for none) would be looked at.
func (a *Accounts) MayRegister(ctx context.Context, code Secret) error {
	had, err := a.hadOwner(ctx)
	switch {
	case err != nil:
		return err
	case !had && !sameSecret(code, a.setup.code):
		return Refuse(KindForbidden, CodeSetupCodeRequired, "Nobody owns this site yet. Open the link that the server printed when it started.")
	case had && !a.policy.RegistrationOpen:
		return Refuse(KindForbidden, CodeRegistrationClosed, "Accounts are made by an administrator here. Ask whoever runs this site.")
	}
	return nil
}

// CheckRegistration runs the checks of a registration that reveal nothing: no uniqueness, nothing stored, no limit counted.
func (a *Accounts) CheckRegistration(ctx context.Context, by Actor, in RegistrationInput) error {
	if _, err := by.speakingFor(in.For); err != nil {
		return err
	}
	if err := a.MayRegister(ctx, in.SetupCode); err != nil {
		return err
	}
	_, err := a.checkRegistration(in)
	return err
}

// checkRegistration cleans the input and tells everything that is wrong with it at once.
func (a *Accounts) checkRegistration(in RegistrationInput) (User, error) {
	var errs fieldErrors
	var user User
	var problem *FieldError
	if user.Email, user.EmailKey, problem = CleanEmail(in.Email); problem != nil {
		errs = append(errs, *problem)
	}
	name := in.Username
	switch {
	case name != "" && a.policy.ConcealAccounts:
		errs.add("username", RuleNotUpdatable, "The username is made when the address is confirmed.")
	case name != "":
		if problem := checkUsername(name); problem != nil {
			errs = append(errs, *problem)
		} else if reserved(usernameKey(name)) {
			errs.add("username", RuleTaken, takenMessage("username"))
		}
	case user.Email != "":
		name = usernameFromEmail(user.Email)
	}
	user.FirstName = cleanName(&errs, "first_name", in.FirstName)
	user.LastName = cleanName(&errs, "last_name", in.LastName)
	a.policy.checkPassword(&errs, PasswordInput{Password: in.Password, Confirmation: in.PasswordConfirmation}, in.Email, name)
	user.Username, user.UsernameKey = in.Username, usernameKey(in.Username)
	return user, errs.err()
}

// Register makes an account for whoever asks. The first, by the set-up code, becomes Owner, confirmed and active; every
// other gets the default role and a mail to confirm its address. Limits: an address and an IP (contract section 3).
func (a *Accounts) Register(ctx context.Context, by Actor, in RegistrationInput) (RegistrationResult, error) {
	by, err := by.speakingFor(in.For)
	if err != nil {
		return RegistrationResult{}, err
	}
	if err := a.MayRegister(ctx, in.SetupCode); err != nil {
		return RegistrationResult{}, err
	}
	user, err := a.checkRegistration(in)
	if err != nil {
		return RegistrationResult{}, err
	}
	if _, err := a.limits.take(
		attempt{"registration", user.EmailKey, a.policy.Limits.Registration},
		attempt{"registration ip", ipKey(by.Client.IP), a.policy.Limits.RegistrationIP},
	); err != nil {
		return RegistrationResult{}, err
	}
	if !a.policy.ConcealAccounts {
		if err := a.view(ctx, func(tx Tx) error { return registrationTaken(tx, user) }); err != nil {
			return RegistrationResult{}, err // told before the cost of a hash
		}
	}
	hash, err := a.hash(ctx, by, in.Password)
	if err != nil {
		return RegistrationResult{}, storeError(err)
	}
	user.Registration = a.originOf(by.Client)
	user.SelfRegistered = true

	var result RegistrationResult
	err = a.update(ctx, func(u *unit) (err error) {
		result, err = u.register(by, user, hash, in)
		return err
	})
	return result, err
}

// originOf says where a client is.
func (a *Accounts) originOf(c Client) Origin {
	place := a.PlaceOf(c.IP)
	return Origin{IP: c.IP, UserAgent: c.UserAgent, Country: place.Country, Region: place.Region, City: place.City}
}

// PlaceOf says where an address is, as far as the file of places knows. A place that can't be told fails nothing.
func (a *Accounts) PlaceOf(ip netip.Addr) Place {
	if a.locator == nil || !ip.IsValid() {
		return Place{}
	}
	place, err := a.locator.Locate(ip)
	if err != nil {
		a.log.Warn("locate an address", "error", err)
	}
	return place
}

// registrationTaken tells which of an input's names belong to somebody.
func registrationTaken(tx Tx, user User) error {
	var errs fieldErrors
	if _, err := tx.FindUserByEmail(user.EmailKey); err == nil {
		errs.add("email", RuleTaken, takenMessage("email"))
	} else if !errors.Is(err, ErrNoRow) {
		return err
	}
	if user.Username != "" {
		free, err := usernameFree(tx, user.UsernameKey, 0)
		if err != nil {
			return err
		}
		if !free {
			errs.add("username", RuleTaken, takenMessage("username"))
		}
	}
	return errs.err()
}

func takenMessage(field string) string {
	switch field {
	case "email":
		return "That address has an account already. Sign in, or reset the password."
	case "username":
		return "That username is taken. Choose another."
	}
	return "That is taken. Choose another."
}

// register is the transaction of Register.
func (u *unit) register(by Actor, user User, hash Secret, in RegistrationInput) (RegistrationResult, error) {
	had, err := everOwner(u)
	if err != nil {
		return RegistrationResult{}, err
	}
	owner := !had // MayRegister saw the code, or an Owner; that the Owner came meanwhile makes the code count for nothing
	if !owner && !u.a.policy.RegistrationOpen {
		return RegistrationResult{}, Refuse(KindForbidden, CodeRegistrationClosed, "There is an Owner now, and registration is closed.").Named("owner_meanwhile")
	}
	if err := registrationTaken(u, user); err != nil {
		if !u.a.policy.ConcealAccounts {
			return RegistrationResult{}, err
		}
		return RegistrationResult{Concealed: true}, u.tellAccountExists(by, user.EmailKey, err)
	}
	if user.Username == "" && (owner || !u.a.policy.ConcealAccounts) {
		if user.Username, err = freeUsername(u, user.Email); err != nil {
			return RegistrationResult{}, err
		}
		user.UsernameKey = usernameKey(user.Username)
		if usernameKey(in.Password.Reveal()) == user.UsernameKey { // the number behind the name is known only now
			return RegistrationResult{}, Invalid(passwordIsUsername)
		}
	}
	known := map[string]*Role{}
	role, err := defaultRole(u, u.a.policy.DefaultRole, known)
	user.IsActive = u.a.policy.DefaultActive
	if owner {
		role, err = knownRole(u, RoleOwner, known)
		user.IsActive, user.ConfirmedAt, user.LoggedInAt = true, u.Now(), u.Now()
	}
	if err != nil {
		return RegistrationResult{}, err
	}
	user, err = u.addUser(by, user, hash, role)
	if err != nil {
		return RegistrationResult{}, err
	}
	self := Actor{Kind: ActorUser, ID: user.ID, Name: user.Username, Client: by.Client}
	if err := u.audit(self, "user.registered", &user, details{"username": user.Username, "roles": user.Roles}); err != nil {
		return RegistrationResult{}, err
	}
	if !user.IsConfirmed() {
		if err := u.mailToken(MailConfirmation, TokenConfirmation, user, by, confirmationLife); err != nil {
			return RegistrationResult{}, err
		}
	}
	if u.a.policy.ConcealAccounts {
		return RegistrationResult{Concealed: true}, nil
	}
	result := RegistrationResult{User: user}
	if in.SignIn && user.IsActive && (user.IsConfirmed() || u.a.policy.Unconfirmed != UnconfirmedRefused) {
		result.Grant, err = u.newSession(by, user, in.Remember, in.Replaces)
	}
	return result, err
}

// tellAccountExists does for a taken address, when accounts are concealed, as much as a registration does, and mails
// its holder instead.
func (u *unit) tellAccountExists(by Actor, key string, taken error) error {
	holder, err := u.FindUserByEmail(key)
	if err != nil {
		return taken // a name that nobody could have chosen is taken: a fault, not a secret
	}
	if err := u.noteMailAsked(); err != nil {
		return err
	}
	return u.sendMail(holder.ID, u.mailTo(MailAccountExists, holder, by))
}

// addUser inserts an account with its roles. Whether it may be Owner is the caller's to say. The first Owner is
// remembered for good. A stranger's account is made by itself. What was guessed at its address before is forgotten.
func (u *unit) addUser(by Actor, user User, hash Secret, roles ...*Role) (User, error) {
	user.CreatedAt, user.UpdatedAt = u.Now(), u.Now()
	id, err := u.InsertUser(user)
	if err != nil {
		return User{}, err
	}
	if hash != "" {
		if err := u.SetPasswordHash(id, hash); err != nil {
			return User{}, err
		}
	}
	if err := u.ClearLoginFailures(failureDigest(user.EmailKey)); err != nil {
		return User{}, err
	}
	for _, role := range roles {
		if _, err := u.AssignRole(id, role.ID); err != nil {
			return User{}, err
		}
		if role.Name != RoleOwner {
			continue
		}
		if err := u.rememberOwner(); err != nil {
			return User{}, err
		}
	}
	if user, err = u.FindUser(id); err != nil {
		return User{}, err
	}
	if by.Kind == ActorSystem && by.Rank == RankNone {
		by = actAs(user, by)
	}
	u.publish(by, Event{Name: EventUserCreated, UserID: id})
	return user, nil
}

// timeForm is RFC 3339, as everywhere outside.
const timeForm = "2006-01-02T15:04:05Z07:00"

(** * Formulas about one step

    Syntax and meaning of the formulas in certificates. A formula speaks of an iterate x and of
    the next one, x'. *)

From Coq Require Import QArith Qreals Reals.
From Edgecert Require Import Model.
Open Scope R_scope.

Inductive expression :=
  | Const (q : Q)
  | Alpha | Beta1 | Beta2        (* coordinates of x *)
  | Alpha' | Beta1' | Beta2'     (* coordinates of x' *)
  | Add (u v : expression)
  | Sub (u v : expression)
  | Mul (u v : expression)
  | Div (u v : expression)
  | Power (u : expression) (n : nat)
  | Min (u v : expression)
  | Max (u v : expression)
  | Abs (u : expression)
  | Sqrt (u : expression).

Inductive formula :=
  | Le (u v : expression)
  | Lt (u v : expression)
  | Sharpness_le (u : expression)        (* S(x) <= u *)
  | Sharpness_lt (u : expression)        (* S(x) < u *)
  | And (f g : formula)
  | Or (f g : formula)
  | Not (f : formula)
  | Implies (f g : formula).

(** ** Meaning

    [/] and [sqrt] are total functions in Coq: 1/0 and sqrt (-1) are some real numbers. The checker
    decides no comparison in which a divisor may be 0 or a radicand negative. *)

Section Meaning.

Context {m : model}.
Variables x x' : state.

Fixpoint value (u : expression) : R :=
  match u with
  | Const q => Q2R q
  | Alpha => alpha x
  | Beta1 => beta1 x
  | Beta2 => beta2 x
  | Alpha' => alpha x'
  | Beta1' => beta1 x'
  | Beta2' => beta2 x'
  | Add u v => value u + value v
  | Sub u v => value u - value v
  | Mul u v => value u * value v
  | Div u v => value u / value v
  | Power u n => value u ^ n
  | Min u v => Rmin (value u) (value v)
  | Max u v => Rmax (value u) (value v)
  | Abs u => Rabs (value u)
  | Sqrt u => sqrt (value u)
  end.

Fixpoint holds (f : formula) : Prop :=
  match f with
  | Le u v => value u <= value v
  | Lt u v => value u < value v
  | Sharpness_le u => sharpness_le x (value u)
  | Sharpness_lt u => exists c, c < value u /\ sharpness_le x c
  | And f g => holds f /\ holds g
  | Or f g => holds f \/ holds g
  | Not f => ~ holds f
  | Implies f g => holds f -> holds g
  end.

End Meaning.

(** ** Notation *)

Declare Scope expression_scope.
Delimit Scope expression_scope with expression.
Bind Scope expression_scope with expression.
Notation "u + v" := (Add u v) : expression_scope.
Notation "u - v" := (Sub u v) : expression_scope.
Notation "u * v" := (Mul u v) : expression_scope.
Notation "u / v" := (Div u v) : expression_scope.
Notation "u ^ n" := (Power u n%nat) : expression_scope.

Declare Scope formula_scope.
Delimit Scope formula_scope with formula.
Bind Scope formula_scope with formula.
Notation "u <= v" := (Le u v) : formula_scope.
Notation "u < v" := (Lt u v) : formula_scope.
Notation "u >= v" := (Le v u) (only parsing) : formula_scope.
Notation "u > v" := (Lt v u) (only parsing) : formula_scope.
Notation "f /\ g" := (And f g) : formula_scope.
Notation "f \/ g" := (Or f g) : formula_scope.
Notation "~ f" := (Not f) : formula_scope.
Notation "f -> g" := (Implies f g) : formula_scope.

(** * Integers to compute with

    What the ball arithmetic needs to know of its integers, and the big integers that have it.
    Proofs see the signature only; the kernel computes with the big integers, which rest on the
    machine's 63-bit ones. *)

From Coq Require Import ZArith.
From Bignums Require Import BigZ.

Module Type INTEGERS.
  Parameter t : Type.
  Parameter to_Z : t -> Z.
  Parameter of_Z : Z -> t.
  Parameters add sub mul div shiftl shiftr : t -> t -> t.
  Parameters abs opp sqrt : t -> t.
  (* Only chooses how numbers are rounded: nothing has to be known of it. *)
  Parameter log2 : t -> t.
  Parameter leb : t -> t -> bool.
  Axiom of_Z_spec : forall z, to_Z (of_Z z) = z.
  Axiom add_spec : forall x y, to_Z (add x y) = (to_Z x + to_Z y)%Z.
  Axiom sub_spec : forall x y, to_Z (sub x y) = (to_Z x - to_Z y)%Z.
  Axiom mul_spec : forall x y, to_Z (mul x y) = (to_Z x * to_Z y)%Z.
  Axiom div_spec : forall x y, to_Z (div x y) = (to_Z x / to_Z y)%Z.
  Axiom shiftl_spec : forall x k, to_Z (shiftl x k) = Z.shiftl (to_Z x) (to_Z k).
  Axiom shiftr_spec : forall x k, to_Z (shiftr x k) = Z.shiftr (to_Z x) (to_Z k).
  Axiom abs_spec : forall x, to_Z (abs x) = Z.abs (to_Z x).
  Axiom opp_spec : forall x, to_Z (opp x) = (- to_Z x)%Z.
  Axiom sqrt_spec : forall x, to_Z (sqrt x) = Z.sqrt (to_Z x).
  Axiom leb_spec : forall x y, leb x y = Z.leb (to_Z x) (to_Z y).
End INTEGERS.

Module BigIntegers <: INTEGERS.
  Definition t := BigZ.t.
  Definition to_Z := BigZ.to_Z.
  Definition of_Z := BigZ.of_Z.
  Definition add := BigZ.add.
  Definition sub := BigZ.sub.
  Definition mul := BigZ.mul.
  Definition div := BigZ.div.
  Definition shiftl := BigZ.shiftl.
  Definition shiftr := BigZ.shiftr.
  Definition abs := BigZ.abs.
  Definition opp := BigZ.opp.
  Definition sqrt := BigZ.sqrt.
  Definition log2 := BigZ.log2.
  Definition leb := BigZ.leb.
  Definition of_Z_spec := BigZ.spec_of_Z.
  Definition add_spec := BigZ.spec_add.
  Definition sub_spec := BigZ.spec_sub.
  Definition mul_spec := BigZ.spec_mul.
  Definition div_spec := BigZ.spec_div.
  Definition shiftl_spec := BigZ.spec_shiftl.
  Definition shiftr_spec := BigZ.spec_shiftr.
  Definition abs_spec := BigZ.spec_abs.
  Definition opp_spec := BigZ.spec_opp.
  Definition sqrt_spec := BigZ.spec_sqrt.
  Definition leb_spec := BigZ.spec_leb.
End BigIntegers.

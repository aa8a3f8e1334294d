(** * Why a is never 1

    From a rational start all iterates are rational. So a = h alpha^2 is never 1 if 1/h is not
    the square of a rational number: for a fraction, if numerator times denominator is not the
    square of an integer. *)

From Coq Require Import ZArith QArith Qreals Reals Lra Lia.
From Edgecert Require Import Model Identities Rational.
Open Scope R_scope.

Definition rational (y : R) := exists q, y = Q2R q.

Lemma rational_plus y z : rational y -> rational z -> rational (y + z).
Proof. intros [q ->] [u ->]. exists (q + u)%Q. now rewrite Q2R_plus. Qed.

Lemma rational_minus y z : rational y -> rational z -> rational (y - z).
Proof. intros [q ->] [u ->]. exists (q - u)%Q. now rewrite Q2R_minus. Qed.

Lemma rational_opp y : rational y -> rational (- y).
Proof. intros [q ->]. exists (- q)%Q. now rewrite Q2R_opp. Qed.

Lemma rational_mult y z : rational y -> rational z -> rational (y * z).
Proof. intros [q ->] [u ->]. exists (q * u)%Q. now rewrite Q2R_mult. Qed.

Lemma rational_1 : rational 1.
Proof. exists 1%Q. now rewrite Q2R_1. Qed.

Lemma rational_square y : rational y -> rational (y ^ 2).
Proof. intros H. simpl. rewrite Rmult_1_r. now apply rational_mult. Qed.

Lemma rational_clip_to B y : rational B -> rational y -> rational (clip_to B y).
Proof.
  intros HB Hy. pose proof (rational_opp B HB). unfold clip_to, Rmax, Rmin.
  repeat destruct Rle_dec; assumption.
Qed.

Ltac prove_rational :=
  first [ assumption
        | apply rational_square; prove_rational
        | apply rational_plus; prove_rational
        | apply rational_minus; prove_rational
        | apply rational_mult; prove_rational ].

(** v^2 divides w^2 only if the quotient is a square. *)
Lemma square_quotient n v w :
  (0 < v)%Z -> (n * (v * v) = w * w)%Z -> exists r, (n = r * r)%Z.
Proof.
  intros Hv E. set (g := Z.gcd v w).
  assert (Hg : (0 < g)%Z).
  { pose proof (Z.gcd_nonneg v w) as H. fold g in H.
    assert (g <> 0%Z); [|lia]. intros H0. apply Z.gcd_eq_0_l in H0. lia. }
  destruct (Z.gcd_divide_l v w) as [v' Hv']. destruct (Z.gcd_divide_r v w) as [w' Hw'].
  fold g in Hv', Hw'.
  assert (Hco : Z.gcd v' w' = 1%Z).
  { assert (H : Z.gcd (v' * g) (w' * g) = (Z.gcd v' w' * g)%Z).
    { rewrite Z.gcd_mul_mono_r. f_equal. lia. }
    rewrite <- Hv', <- Hw' in H. fold g in H. nia. }
  assert (E' : (n * (v' * v') = w' * w')%Z).
  { rewrite Hv', Hw' in E. apply Z.mul_reg_r with (g * g)%Z; [nia|]. lia. }
  assert (Hd : (v' | w')%Z).
  { apply Z.gauss with w'; [exists (n * v')%Z; lia|exact Hco]. }
  assert (Hd1 : (v' | 1)%Z) by (rewrite <- Hco; apply Z.gcd_greatest; [apply Z.divide_refl|exact Hd]).
  assert (Hv1 : v' = 1%Z) by (apply Z.divide_1_r_nonneg; [nia|exact Hd1]).
  exists w'. rewrite Hv1 in E'. lia.
Qed.

(** Numerator times denominator of [q] is not the square of an integer. *)
Definition not_square (q : Q) : bool :=
  let n := (Qnum q * Zpos (Qden q))%Z in negb (Z.sqrt n * Z.sqrt n =? n)%Z.

Lemma not_square_ok q u : not_square q = true -> Q2R q * Q2R u ^ 2 <> 1.
Proof.
  intros Hq E. unfold not_square in Hq. apply Bool.negb_true_iff, Z.eqb_neq in Hq. apply Hq.
  destruct q as [n d]. destruct u as [w v]. cbn [Qnum Qden] in *.
  assert (Ez : (n * (w * w) = Zpos d * (Zpos v * Zpos v))%Z).
  { apply eq_IZR. rewrite !mult_IZR. unfold Q2R in E. cbn [Qnum Qden] in E.
    pose proof (IZR_lt 0 (Zpos d) ltac:(reflexivity)). pose proof (IZR_lt 0 (Zpos v) ltac:(reflexivity)).
    assert (E2 : IZR n * (IZR w * IZR w)
                 = IZR n * / IZR (Zpos d) * (IZR w * / IZR (Zpos v)) ^ 2
                   * (IZR (Zpos d) * (IZR (Zpos v) * IZR (Zpos v)))) by (field; lra).
    rewrite E2, E. ring. }
  destruct (square_quotient (n * Zpos d) (Zpos v) (n * w)) as [r Hr]; [reflexivity|nia|].
  rewrite Hr. replace (r * r)%Z with (Z.abs r * Z.abs r)%Z by lia.
  rewrite Z.sqrt_square by lia. reflexivity.
Qed.

Section NeverOne.

Context {m : model}.

Definition rational_model :=
  rational lambda1 /\ rational lambda2 /\ rational eta
  /\ match clip with Some B => rational B | None => True end.

Definition rational_state x := rational (alpha x) /\ rational (beta1 x) /\ rational (beta2 x).

Lemma rational_step x : rational_model -> rational_state x -> rational_state (step x).
Proof.
  intros (H1 & H2 & He & HB) (Ha & Hb & Hc). unfold rational_state, step; simpl.
  pose proof rational_1 as Hone. split; [|split].
  - unfold grad_alpha. prove_rational.
  - unfold clipped.
    assert (Hy : rational (beta1 x - eta * grad_beta1 x)) by (unfold grad_beta1; prove_rational).
    destruct clip; [now apply rational_clip_to|exact Hy].
  - unfold grad_beta2. prove_rational.
Qed.

Lemma rational_iterate n x : rational_model -> rational_state x -> rational_state (iterate n x).
Proof.
  intros Hm Hx. induction n as [|n IH]; [exact Hx|].
  change (iterate (S n) x) with (step (iterate n x)). now apply rational_step.
Qed.

Theorem a_never_1 q n x :
  rational_model -> rational_state x -> h = Q2R q -> not_square q = true ->
  a (iterate n x) <> 1.
Proof.
  intros Hm Hx Eh Hq. destruct (rational_iterate n x Hm Hx) as ([u Eu] & _).
  unfold a. rewrite Eh, Eu. now apply not_square_ok.
Qed.

End NeverOne.

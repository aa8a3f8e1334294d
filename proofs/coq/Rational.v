(** * Rational numbers: decisions, and powers rounded upward *)

From Coq Require Import ZArith QArith Qreals Qround Reals Lra Lia Bool.
Open Scope R_scope.

Definition q_le (x y : Q) := Qle_bool x y.
Definition q_lt (x y : Q) := negb (Qle_bool y x).
Definition q_max (x y : Q) := if Qle_bool x y then y else x.
Definition q_min (x y : Q) := if Qle_bool x y then x else y.

Lemma q_le_ok x y : q_le x y = true -> Q2R x <= Q2R y.
Proof. intros H. apply Qle_Rle. now apply Qle_bool_iff. Qed.

Lemma q_lt_ok x y : q_lt x y = true -> Q2R x < Q2R y.
Proof.
  unfold q_lt. intros H. apply negb_true_iff in H. apply Qlt_Rlt, Qnot_le_lt. intros Hle.
  apply Qle_bool_iff in Hle. congruence.
Qed.

Lemma q_le_false x y : Qle_bool x y = false -> Q2R y <= Q2R x.
Proof. intros H. apply Rlt_le, q_lt_ok. unfold q_lt. now rewrite H. Qed.

Lemma Q2R_max x y : Q2R (q_max x y) = Rmax (Q2R x) (Q2R y).
Proof.
  unfold q_max. destruct (Qle_bool x y) eqn:E.
  - rewrite Rmax_right; [reflexivity|]. now apply q_le_ok.
  - rewrite Rmax_left; [reflexivity|]. now apply q_le_false.
Qed.

Lemma Q2R_min x y : Q2R (q_min x y) = Rmin (Q2R x) (Q2R y).
Proof.
  unfold q_min. destruct (Qle_bool x y) eqn:E.
  - rewrite Rmin_left; [reflexivity|]. now apply q_le_ok.
  - rewrite Rmin_right; [reflexivity|]. now apply q_le_false.
Qed.

Lemma Q2R_0 : Q2R 0 = 0.
Proof. unfold Q2R. simpl. lra. Qed.

Lemma Q2R_1 : Q2R 1 = 1.
Proof. unfold Q2R. simpl. lra. Qed.

Lemma Q2R_integer n : Q2R (n # 1) = IZR n.
Proof. unfold Q2R. simpl. lra. Qed.

Lemma Q2R_quotient x y : Q2R y <> 0 -> Q2R (x / y) = Q2R x / Q2R y.
Proof. intros H. apply Q2R_div. intros E. apply H. rewrite E. apply Q2R_0. Qed.

(** n/d as a quotient of reals, the way balls are made from it. *)
Lemma Q2R_fraction x : Q2R x = IZR (Qnum x) / IZR (Zpos (Qden x)).
Proof. reflexivity. Qed.

(** ** Powers *)

(** At least [x], with a denominator of 256 bits. *)
Definition round_up (x : Q) : Q := (Qceiling (x * inject_Z (2 ^ 256)) # 2 ^ 256)%Q.

Lemma round_up_le x : Q2R x <= Q2R (round_up x).
Proof.
  apply Qle_Rle. unfold round_up. set (y := (x * inject_Z (2 ^ 256))%Q).
  pose proof (Qle_ceiling y) as H. rewrite Qmake_Qdiv.
  apply Qle_shift_div_l; [reflexivity|]. exact H.
Qed.

Fixpoint power_up_pos (x : Q) (n : positive) : Q :=
  match n with
  | xH => round_up x
  | xO n => let y := power_up_pos x n in round_up (y * y)
  | xI n => let y := power_up_pos x n in round_up (x * (y * y))
  end.

(** x^n, rounded upward. *)
Definition power_up (x : Q) (n : N) : Q :=
  match n with
  | N0 => 1
  | Npos n => power_up_pos x n
  end.

Lemma power_up_ok x n : 0 <= Q2R x -> Q2R x ^ N.to_nat n <= Q2R (power_up x n).
Proof.
  intros Hx. destruct n as [|n]; [simpl; rewrite Q2R_1; lra|]. simpl.
  induction n as [n IH|n IH|]; cbn [power_up_pos].
  - apply Rle_trans with (2 := round_up_le _). rewrite !Q2R_mult, Pos2Nat.inj_xI.
    replace (Q2R x ^ S (2 * Pos.to_nat n))
      with (Q2R x * (Q2R x ^ Pos.to_nat n * Q2R x ^ Pos.to_nat n))
      by (rewrite <- pow_add, <- tech_pow_Rmult; do 2 f_equal; lia).
    pose proof (pow_le (Q2R x) (Pos.to_nat n) Hx).
    apply Rmult_le_compat_l; [exact Hx|]. apply Rmult_le_compat; assumption.
  - apply Rle_trans with (2 := round_up_le _). rewrite Q2R_mult, Pos2Nat.inj_xO.
    replace (Q2R x ^ (2 * Pos.to_nat n)) with (Q2R x ^ Pos.to_nat n * Q2R x ^ Pos.to_nat n)
      by (rewrite <- pow_add; f_equal; lia).
    pose proof (pow_le (Q2R x) (Pos.to_nat n) Hx). apply Rmult_le_compat; assumption.
  - apply Rle_trans with (2 := round_up_le _). simpl. lra.
Qed.

(** ** Logarithms *)

(** At most [x], with a denominator of 256 bits. *)
Definition round_down (x : Q) : Q := (Qfloor (x * inject_Z (2 ^ 256)) # 2 ^ 256)%Q.

Lemma round_down_le x : Q2R (round_down x) <= Q2R x.
Proof.
  apply Qle_Rle. unfold round_down. set (y := (x * inject_Z (2 ^ 256))%Q).
  pose proof (Qfloor_le y) as H. rewrite Qmake_Qdiv.
  apply Qle_shift_div_r; [reflexivity|]. exact H.
Qed.

Lemma round_down_nonneg x : 0 <= Q2R x -> 0 <= Q2R (round_down x).
Proof.
  intros Hx. rewrite Q2R_fraction. unfold round_down. cbn [Qnum Qden].
  assert (Hz : (0 <= Qfloor (x * inject_Z (2 ^ 256)))%Z).
  { change 0%Z with (Qfloor 0). apply Qfloor_resp_le. apply Rle_Qle.
    rewrite Q2R_mult, Q2R_0. apply Rmult_le_pos; [exact Hx|]. rewrite <- Q2R_0.
    apply Qle_Rle. discriminate. }
  apply Rmult_le_pos; [now apply IZR_le|]. apply Rlt_le, Rinv_0_lt_compat, IZR_lt. reflexivity.
Qed.

(** x^(2^n), rounded downward. *)
Fixpoint square_down (n : nat) (x : Q) : Q :=
  match n with
  | O => x
  | S n => square_down n (round_down (x * x))
  end.

Lemma square_down_ok n : forall x y,
  0 <= Q2R x <= exp y -> Q2R (square_down n x) <= exp (2 ^ n * y).
Proof.
  induction n as [|n IH]; intros x y [H0 Hx]; cbn [square_down pow].
  - now rewrite Rmult_1_l.
  - replace (2 * 2 ^ n * y) with (2 ^ n * (y + y)) by ring. apply IH.
    assert (Hxx : 0 <= Q2R (x * x)) by (rewrite Q2R_mult; now apply Rmult_le_pos).
    split; [now apply round_down_nonneg|].
    apply Rle_trans with (1 := round_down_le _). rewrite Q2R_mult, exp_plus.
    apply Rmult_le_compat; assumption.
Qed.

(** ln x <= l, because x <= (1 + l/2^24)^(2^24) <= exp l. *)
Definition log_check (x l : Q) : bool := q_le 0 l && q_le x (square_down 24 (1 + l / 16777216)).

Lemma log_check_ok x l : 0 < Q2R x -> log_check x l = true -> ln (Q2R x) <= Q2R l.
Proof.
  intros Hx E. apply andb_prop in E. destruct E as [E1 E2]. apply q_le_ok in E1, E2.
  rewrite Q2R_0 in E1. rewrite <- (ln_exp (Q2R l)).
  assert (H : Q2R x <= exp (Q2R l)).
  { apply Rle_trans with (1 := E2).
    replace (Q2R l) with (2 ^ 24 * (Q2R l / 16777216)) by field.
    apply square_down_ok. rewrite Q2R_plus, Q2R_1, Q2R_quotient, (Q2R_integer 16777216)
      by (rewrite (Q2R_integer 16777216); lra).
    split; [lra|]. apply exp_ineq1_le. }
  destruct H as [H|H]; [apply Rlt_le; now apply ln_increasing|rewrite H; lra].
Qed.
